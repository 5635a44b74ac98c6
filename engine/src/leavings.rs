//! What calls leave behind for which the host has kept much: a hundred thousand fields, or the bodies of a thousand
//! requests. Freeing them takes milliseconds, so another thread does it, and not the event loop. They count as memory of
//! their call until they are freed.

use crate::freed;
use crate::washer::Washer;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::runtime::Handle;

pub struct Leavings(Washer<Box<dyn Send>>);

impl Leavings {
    /// `runtime`: some destructors need it.
    pub fn new(runtime: Handle) -> Self {
        Self(Washer::new("engine-free", usize::MAX, move |all| {
            let _runtime = runtime.enter();
            freed::at_once(true, || drop_all(all));
        }))
    }

    pub fn drop_later(&self, all: impl Send + 'static) {
        if let Err(all) = self.0.take(Box::new(all)) {
            drop_all(all);
        }
    }

    /// Waits until all is freed.
    #[cfg(test)]
    pub fn settle(&self) {
        while self.0.is_busy() {
            std::thread::yield_now();
        }
    }
}

/// Drops the objects of a call. A panic of a destructor is ignored, because the call is over.
pub fn drop_all(all: impl Sized) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(move || drop(all))) {
        std::mem::forget(panic);
    }
}

#[cfg(test)]
mod tests {
    use super::Leavings;
    use std::sync::mpsc::{Sender, channel};
    use std::thread::{self, ThreadId};

    struct Dropped(Sender<ThreadId>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            tokio::runtime::Handle::current();
            self.0.send(thread::current().id()).expect("the test waits");
        }
    }
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("a destructor panics");
        }
    }

    #[test]
    fn another_thread_drops_it_and_outlives_panics() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let leavings = Leavings::new(runtime.handle().clone());
        let (dropped, drops) = channel();
        for _ in 0..100 {
            leavings.drop_later(Panics);
            leavings.drop_later(Dropped(dropped.clone()));
        }
        leavings.settle();
        let threads: Vec<ThreadId> = drops.try_iter().collect();
        assert_eq!(threads.len(), 100);
        assert!(threads.iter().all(|id| *id == threads[0] && *id != thread::current().id()));
    }
}
