//! Looks up names for outgoing requests. The system's resolver blocks a thread until the name server answers, and
//! cannot be cancelled: a look-up may last half a minute longer than the call that started it. So each owner may have
//! only a few look-ups at once, including those of ended calls. If a name server does not answer, only the owner whose
//! functions ask this server is delayed.

use std::collections::HashMap;
use std::io::Result;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Look-ups of one owner at once; further look-ups wait until one has ended.
const PER_OWNER: usize = 8;
/// The threads for look-ups. Other owners are delayed only if more than 16 owners ask name servers that do not answer.
pub const THREADS: usize = 16 * PER_OWNER;

#[derive(Default)]
pub struct Resolver {
    /// The places of each owner with a look-up that runs or waits.
    places: Mutex<HashMap<u64, Arc<Semaphore>>>,
}

impl Resolver {
    /// Returns the addresses of a host. The host may itself be an IP address.
    pub async fn look_up(&self, owner: u64, host: &str, port: u16) -> Result<Vec<SocketAddr>> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(vec![(address, port).into()]);
        }
        let host = host.to_owned();
        self.in_place(owner, move || (host.as_str(), port).to_socket_addrs().map(Iterator::collect)).await
    }

    /// Runs `work`, which blocks, in one of the owner's places. If the future is dropped while it waits for a place,
    /// `work` never runs. Work that has begun goes on and keeps its place.
    async fn in_place<T: Send + 'static>(
        &self,
        owner: u64,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let place: OwnedSemaphorePermit = self.places_of(owner).acquire_owned().await.map_err(std::io::Error::other)?;
        tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        })
        .await?
    }

    fn places_of(&self, owner: u64) -> Arc<Semaphore> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        // Every look-up that waits for a place, or holds one, has a reference to the semaphore.
        places.retain(|_, of_one| Arc::strong_count(of_one) > 1);
        places.entry(owner).or_insert_with(|| Arc::new(Semaphore::new(PER_OWNER))).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Duration;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(2 * PER_OWNER)
            .enable_all()
            .build()
            .expect("a runtime")
    }

    #[test]
    fn silent_name_servers_of_one_owner_keep_no_other_waiting() {
        let (runtime, resolver) = (runtime(), Arc::new(Resolver::default()));
        let (begun, count) = mpsc::channel();
        let (answer, answers) = mpsc::channel::<()>();
        let answers = Arc::new(Mutex::new(answers));
        let ask = |begun: mpsc::Sender<()>| {
            let (resolver, answers) = (resolver.clone(), answers.clone());
            runtime.spawn(async move {
                let work = move || {
                    begun.send(()).map_err(std::io::Error::other)?;
                    let _ = answers.lock().map(|answers| answers.recv());
                    Ok(())
                };
                resolver.in_place(1, work).await
            })
        };
        let tasks: Vec<_> = (0..3 * PER_OWNER).map(|_| ask(begun.clone())).collect();
        for _ in 0..PER_OWNER {
            count.recv().expect("a look-up that began");
        }
        // The calls end. Waiting look-ups are dropped; look-ups that have begun keep their places.
        tasks.iter().for_each(tokio::task::JoinHandle::abort);
        let last = ask(begun);
        assert!(count.recv_timeout(Duration::from_millis(100)).is_err());
        let other = runtime.block_on(resolver.in_place(2, || Ok(7)));
        assert_eq!(other.expect("an answer"), 7);
        // When the name servers answer, the owner has free places again.
        drop(answer);
        count.recv().expect("the last look-up");
        runtime.block_on(last).expect("the task").expect("the look-up");
    }

    #[test]
    fn owners_without_a_look_up_are_forgotten() {
        let resolver = Resolver::default();
        let used = resolver.places_of(1);
        drop(resolver.places_of(2));
        drop(resolver.places_of(3));
        let mut known: Vec<u64> = resolver.places.lock().expect("the lock").keys().copied().collect();
        known.sort_unstable();
        assert_eq!(known, [1, 3]);
        drop(used);
    }

    #[test]
    fn an_address_needs_no_look_up() {
        let found = runtime().block_on(Resolver::default().look_up(1, "::1", 80));
        assert_eq!(found.expect("an address"), ["[::1]:80".parse::<SocketAddr>().expect("an address")]);
    }
}
