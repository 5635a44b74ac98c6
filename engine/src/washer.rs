//! A thread that cleans up after large calls, so that no event loop waits for this: it makes their slots clean, or frees
//! all that the host has kept for them. The thread starts when it is first needed.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, OnceLock};

pub struct Washer<T> {
    name: &'static str,
    wash: Arc<dyn Fn(T) + Send + Sync>,
    /// The most things that wait or are in work.
    most: usize,
    /// `None`: the thread could not be started.
    queue: OnceLock<Option<Sender<T>>>,
    here: Arc<AtomicUsize>,
}

impl<T: Send + 'static> Washer<T> {
    /// `name`: of the thread, at most 15 bytes. `wash` cleans up one thing.
    pub fn new(name: &'static str, most: usize, wash: impl Fn(T) + Send + Sync + 'static) -> Self {
        Self { name, wash: Arc::new(wash), most, queue: OnceLock::new(), here: Arc::default() }
    }

    /// Has the thread clean this up. Returns the thing if it is one too many: then the caller does the work itself.
    pub fn take(&self, thing: T) -> Result<(), T> {
        let Some(queue) = self.queue.get_or_init(|| self.start()) else { return Err(thing) };
        if self.here.fetch_add(1, SeqCst) >= self.most {
            self.here.fetch_sub(1, SeqCst);
            return Err(thing);
        }
        queue.send(thing).map_err(|refused| refused.0)
    }

    fn start(&self) -> Option<Sender<T>> {
        let (queue, waiting) = channel();
        let (wash, here) = (self.wash.clone(), self.here.clone());
        let work = move || {
            while let Ok(thing) = waiting.recv() {
                wash(thing);
                here.fetch_sub(1, SeqCst);
            }
        };
        std::thread::Builder::new().name(self.name.to_owned()).spawn(work).is_ok().then_some(queue)
    }

    #[cfg(test)]
    pub fn is_busy(&self) -> bool {
        self.here.load(SeqCst) > 0
    }
}
