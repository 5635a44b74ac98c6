//! A thread that makes large slots clean, so that no event loop waits for this. The thread starts when it is first
//! needed.
//!
//! The memory of a call counts until the call has ended, and its pages are given back a moment later. So the server may
//! have more memory than its calls by the slots that are here: at most `MOST`. Further slots are refused, and the event
//! loop does the work itself.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, OnceLock};

/// The most slots that wait or are in work.
const MOST: usize = 3;

pub struct Washer<T> {
    wash: Arc<dyn Fn(T) + Send + Sync>,
    /// `None`: the thread could not be started.
    queue: OnceLock<Option<Sender<T>>>,
    slots: Arc<AtomicUsize>,
}

impl<T: Send + 'static> Washer<T> {
    /// `wash` makes one slot clean.
    pub fn new(wash: impl Fn(T) + Send + Sync + 'static) -> Self {
        Self { wash: Arc::new(wash), queue: OnceLock::new(), slots: Arc::default() }
    }

    /// Has the slot made clean by the thread. Returns the slot if it is one too many.
    pub fn take(&self, slot: T) -> Result<(), T> {
        let Some(queue) = self.queue.get_or_init(|| self.start()) else { return Err(slot) };
        if self.slots.fetch_add(1, SeqCst) >= MOST {
            self.slots.fetch_sub(1, SeqCst);
            return Err(slot);
        }
        queue.send(slot).map_err(|refused| refused.0)
    }

    fn start(&self) -> Option<Sender<T>> {
        let (queue, waiting) = channel();
        let (wash, slots) = (self.wash.clone(), self.slots.clone());
        let work = move || {
            while let Ok(slot) = waiting.recv() {
                wash(slot);
                slots.fetch_sub(1, SeqCst);
            }
        };
        std::thread::Builder::new().name("engine-wash".to_owned()).spawn(work).is_ok().then_some(queue)
    }

    #[cfg(test)]
    pub fn is_busy(&self) -> bool {
        self.slots.load(SeqCst) > 0
    }
}
