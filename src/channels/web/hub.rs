//! Which sockets of visitors are open, by session. Listens to each organization once, reads an event once, and hands it to
//! the sockets of its session only: a visitor's socket never sees anybody else's.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use actix::prelude::*;
use parking_lot::Mutex;
use serde::Deserialize;

use super::socket::{Happened, QueueMoved, VisitorSocket};
use crate::ids::*;
use crate::services::Services;
use crate::store::events::StoredEvent;

/// Sessions whose visitors' rates are remembered before the idle ones are dropped.
const RATES: usize = 20_000;

/// An open socket, as the hub knows it.
struct Entry {
    number: u64,
    addr: Addr<VisitorSocket>,
    /// Its mailbox was full: it has missed something and is told so when it reads again.
    behind: Arc<AtomicBool>,
    /// Where its conversation waits.
    queue: Option<QueueId>,
}

#[derive(Default)]
struct State {
    by_session: HashMap<SessionId, Vec<Entry>>,
    listening: HashSet<OrganizationId>,
    by_address: HashMap<IpAddr, u64>,
    rates: HashMap<RecordId, (Instant, f64)>,
}

/// The hub; cheap to clone.
#[derive(Clone, Default)]
pub struct Hub(Arc<Mutex<State>>, Arc<AtomicU64>);

/// What an event is about.
#[derive(Deserialize)]
struct Subject {
    session_id: Option<SessionId>,
    queue: Option<QueueRef>,
}

#[derive(Deserialize)]
struct QueueRef {
    id: QueueId,
}

/// A socket's place among those of its address; freed when dropped.
pub struct Place {
    hub: Hub,
    address: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.hub.0.lock();
        if let Some(open) = state.by_address.get_mut(&self.address) {
            *open -= 1;
            if *open == 0 {
                state.by_address.remove(&self.address);
            }
        }
    }
}

impl Hub {
    /// A place for one more socket of this address; none when it has `most`.
    pub fn place(&self, address: IpAddr, most: u64) -> Option<Place> {
        let mut state = self.0.lock();
        let open = state.by_address.entry(address).or_default();
        if *open >= most {
            return None;
        }
        *open += 1;
        Some(Place { hub: self.clone(), address })
    }

    /// Whether this visitor may act once more: `per_minute` in the long run, a third of it at once. Else the seconds to
    /// wait.
    pub fn admit(&self, visitor: RecordId, per_minute: u64) -> Result<(), u64> {
        let mut state = self.0.lock();
        let now = Instant::now();
        if state.rates.len() >= RATES {
            state.rates.retain(|_, (at, _)| now.duration_since(*at) < Duration::from_secs(60));
        }
        let (rate, burst) = (per_minute as f64 / 60.0, (per_minute as f64 / 3.0).max(1.0));
        let (at, tokens) = state.rates.entry(visitor).or_insert((now, burst));
        *tokens = (*tokens + now.duration_since(*at).as_secs_f64() * rate).min(burst);
        *at = now;
        if *tokens < 1.0 {
            return Err(((1.0 - *tokens) / rate).ceil() as u64);
        }
        *tokens -= 1.0;
        Ok(())
    }

    /// Adds a socket; its number, and whether it is the first of its session.
    pub fn join(
        &self,
        services: &Services,
        organization: OrganizationId,
        session: SessionId,
        addr: Addr<VisitorSocket>,
        behind: Arc<AtomicBool>,
    ) -> (u64, bool) {
        let number = self.1.fetch_add(1, Ordering::Relaxed);
        let (first, listens) = {
            let mut state = self.0.lock();
            let sockets = state.by_session.entry(session).or_default();
            sockets.push(Entry { number, addr, behind, queue: None });
            let first = sockets.len() == 1;
            (first, state.listening.insert(organization))
        };
        if listens {
            let hub = self.clone();
            services.bus.listen(
                organization,
                Box::new(move |batch| {
                    batch.iter().for_each(|event| hub.deliver(event));
                    true
                }),
            );
        }
        (number, first)
    }

    /// Takes a socket out; whether it was the last of its session.
    pub fn leave(&self, session: SessionId, number: u64) -> bool {
        let mut state = self.0.lock();
        let Some(sockets) = state.by_session.get_mut(&session) else { return false };
        sockets.retain(|entry| entry.number != number);
        let last = sockets.is_empty();
        if last {
            state.by_session.remove(&session);
        }
        last
    }

    /// Whether a socket of this session is open.
    pub fn is_here(&self, session: SessionId) -> bool {
        self.0.lock().by_session.contains_key(&session)
    }

    /// Where the socket's conversation waits now, so that it hears of that queue.
    pub fn waits_in(&self, session: SessionId, number: u64, queue: Option<QueueId>) {
        let mut state = self.0.lock();
        let sockets = state.by_session.get_mut(&session).into_iter().flatten();
        for entry in sockets.filter(|entry| entry.number == number) {
            entry.queue = queue;
        }
    }

    /// How many sockets are open.
    pub fn len(&self) -> usize {
        self.0.lock().by_session.values().map(Vec::len).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.0.lock().by_session.is_empty()
    }

    /// Closes every socket with a hint to come back: the server is going away.
    pub fn close_all(&self) {
        for entry in self.0.lock().by_session.values().flatten() {
            entry.addr.do_send(super::socket::GoAway);
        }
    }

    /// Called by the bus, in order.
    fn deliver(&self, event: &Arc<StoredEvent>) {
        let kind = event.kind.as_str();
        let ours =
            matches!(kind, "message_created" | "message_updated" | "message_status" | "typing" | "queue_updated")
                || kind.starts_with("conversation_")
                || kind.starts_with("meeting_")
                || kind == "new_conversation";
        if !ours || self.is_empty() {
            return;
        }
        let Ok(subject) = serde_json::from_str::<Subject>(&event.frame) else { return };
        let state = self.0.lock();
        if kind == "queue_updated" {
            let Some(queue) = subject.queue else { return };
            for entry in state.by_session.values().flatten().filter(|entry| entry.queue == Some(queue.id)) {
                // A position not told now is told with the next change.
                let _ = entry.addr.try_send(QueueMoved);
            }
            return;
        }
        let sockets = subject.session_id.and_then(|session| state.by_session.get(&session));
        for entry in sockets.into_iter().flatten() {
            if entry.addr.try_send(Happened(event.clone())).is_err() {
                entry.behind.store(true, Ordering::Relaxed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visitor_may_write_a_burst_and_then_at_the_rate() {
        let (hub, visitor) = (Hub::default(), RecordId::new());
        let admitted = (0..100).filter(|_| hub.admit(visitor, 30).is_ok()).count();
        assert_eq!(admitted, 10);
        let wait = hub.admit(visitor, 30).unwrap_err();
        assert!((1..=2).contains(&wait), "{wait}");
        assert!(hub.admit(RecordId::new(), 30).is_ok(), "another visitor");
    }

    #[test]
    fn an_address_has_so_many_places_and_gets_them_back() {
        let hub = Hub::default();
        let address = IpAddr::from([127, 0, 0, 1]);
        let (first, second) = (hub.place(address, 2), hub.place(address, 2));
        assert!(first.is_some() && second.is_some() && hub.place(address, 2).is_none());
        drop(first);
        assert!(hub.place(address, 2).is_some());
    }
}
