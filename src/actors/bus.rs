//! Carries committed events to everyone who listens: sockets of attendants, of visitors, and in-process listeners.
//!
//! The writer thread hands over in commit order; a thread of its own fans out, so that ten thousand sockets do not hold
//! up the next commit. Each listener is given events in order and decides by itself what it may see.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};

use parking_lot::RwLock;

use crate::ids::OrganizationId;
use crate::store::events::{Audience, StoredEvent};

/// Events handed to a listener at once at most: well below what a socket may have on its way.
pub const BATCH: usize = 64;

/// Gets the events of its organization in order, those of one or more commits at a time (at most [`BATCH`]); false when it
/// is gone. Must not block.
pub type Listener = Box<dyn Fn(&[Arc<StoredEvent>]) -> bool + Send + Sync>;

#[derive(Default)]
struct Listeners {
    by_organization: RwLock<HashMap<OrganizationId, Vec<(u64, Listener)>>>,
    of_all: RwLock<Vec<Listener>>,
    next: AtomicU64,
}

/// The bus; cheap to clone.
#[derive(Clone)]
pub struct Bus {
    listeners: Arc<Listeners>,
    incoming: Sender<Vec<StoredEvent>>,
}

impl Bus {
    pub fn start() -> std::io::Result<Bus> {
        let (incoming, arriving) = channel::<Vec<StoredEvent>>();
        let listeners = Arc::new(Listeners::default());
        let out = listeners.clone();
        std::thread::Builder::new().name("bus".into()).spawn(move || {
            while let Ok(mut events) = arriving.recv() {
                // What came meanwhile goes along: a listener woken once for many costs little more than for one.
                while events.len() < BATCH
                    && let Ok(more) = arriving.try_recv()
                {
                    events.extend(more);
                }
                let events: Vec<Arc<StoredEvent>> = events.into_iter().map(Arc::new).collect();
                for of_one in events.chunk_by(|a, b| a.organization_id == b.organization_id) {
                    of_one.chunks(BATCH).for_each(|batch| out.deliver(batch));
                }
            }
        })?;
        Ok(Bus { listeners, incoming })
    }

    /// Called by the writer after each commit, in order.
    pub fn publish(&self, events: Vec<StoredEvent>) {
        // The receiving thread lives as long as the process.
        let _ = self.incoming.send(events);
    }

    /// Carries something that is not stored and has no place in the stream (`typing`): `seq` is 0, `frame` is the whole
    /// frame. Lost when nobody listens.
    pub fn transient(&self, organization: OrganizationId, kind: &str, audience: Audience, frame: &serde_json::Value) {
        let (kind, frame) = (kind.to_owned(), frame.to_string().into());
        self.publish(vec![StoredEvent { organization_id: organization, seq: 0, kind, audience, frame }]);
    }

    /// Listens to an organization's events from now on; the returned number ends it.
    pub fn listen(&self, organization: OrganizationId, listener: Listener) -> u64 {
        let number = self.listeners.next.fetch_add(1, Ordering::Relaxed);
        self.listeners.by_organization.write().entry(organization).or_default().push((number, listener));
        number
    }

    /// Listens to every organization's events for as long as the process lives.
    pub fn listen_to_all(&self, listener: Listener) {
        self.listeners.of_all.write().push(listener);
    }

    pub fn stop_listening(&self, organization: OrganizationId, number: u64) {
        if let Some(listeners) = self.listeners.by_organization.write().get_mut(&organization) {
            listeners.retain(|(n, _)| *n != number);
        }
    }
}

#[cfg(test)]
impl Bus {
    /// Looks again after each event of the organization until what it looks for is there.
    pub async fn until<T>(&self, organization: OrganizationId, look: impl AsyncFn() -> Option<T>) -> T {
        let (tell, mut told) = tokio::sync::watch::channel(());
        let listener = self.listen(organization, Box::new(move |_| tell.send(()).is_ok()));
        let looking = async {
            loop {
                if let Some(found) = look().await {
                    return found;
                }
                told.changed().await.expect("the bus lives");
            }
        };
        let found = tokio::time::timeout(std::time::Duration::from_secs(30), looking).await;
        self.stop_listening(organization, listener);
        found.expect("it did not happen")
    }
}

impl Listeners {
    /// `batch` is of one organization.
    fn deliver(&self, batch: &[Arc<StoredEvent>]) {
        let Some(organization) = batch.first().map(|event| event.organization_id) else { return };
        for listener in self.of_all.read().iter() {
            listener(batch);
        }
        let mut gone = Vec::new();
        if let Some(listeners) = self.by_organization.read().get(&organization) {
            for (number, listener) in listeners {
                if !listener(batch) {
                    gone.push(*number);
                }
            }
        }
        if !gone.is_empty()
            && let Some(listeners) = self.by_organization.write().get_mut(&organization)
        {
            listeners.retain(|(number, _)| !gone.contains(number));
        }
    }
}
