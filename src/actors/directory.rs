//! Finds or starts the live object of an identifier: one actor per conversation, queue, attendant, channel delivery.
//!
//! Supervision is ours: actix's `Supervisor` does not outlive a panic. Each actor holds an [`Obituary`] whose `Drop` (it
//! runs on a panic too) takes it out of the directory; the next message starts a fresh actor, which reads its row again.
//! One with work of its own ([`Live::RETURNS`]) does not wait for a message: what was behind the panic in its mailbox is
//! lost, but not what those messages told about, which is in the database.

use std::collections::HashMap;
use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use actix::dev::ToEnvelope;
use actix::prelude::*;
use parking_lot::Mutex;

/// An actor that lives in a directory.
pub trait Live: Actor<Context = Context<Self>> + Sized {
    type Id: Copy + Eq + Hash + Send + Sync + Debug + Display + 'static;
    /// What it is called in metrics.
    const NAME: &'static str;
    /// Messages waiting at most.
    const MAILBOX: usize;
    /// Has things to do that nobody asks for again (a queue its waiting customers, a delivery its outbox): after a panic a
    /// fresh one starts by itself.
    const RETURNS: bool;
}

/// One that panics as soon as it starts does not take a core.
const RETURN_AFTER: Duration = Duration::from_secs(1);

/// The id of one that there is once in a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Only;

impl Display for Only {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the only one")
    }
}

/// The actor could not be reached: its mailbox is full, or it ended while answering (its row could not be read).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the {0} is not reachable")]
pub struct Unreachable(pub &'static str);

type Create<A> = dyn Fn(<A as Live>::Id, Obituary<A>) -> A + Send + Sync;

/// Each with the generation that tells it from an earlier one of the same id.
type Living<A> = HashMap<<A as Live>::Id, (u64, Addr<A>)>;

struct Inner<A: Live> {
    living: Mutex<Living<A>>,
    create: Box<Create<A>>,
    arbiters: Arc<Vec<ArbiterHandle>>,
    next: AtomicUsize,
    generation: AtomicU64,
}

/// The way to all actors of one kind; cheap to clone.
pub struct Directory<A: Live>(Arc<Inner<A>>);

impl<A: Live> Clone for Directory<A> {
    fn clone(&self) -> Self {
        Directory(self.0.clone())
    }
}

/// Held by each actor; takes it out of the directory when it ends, however it ends.
pub struct Obituary<A: Live> {
    id: A::Id,
    generation: u64,
    directory: Directory<A>,
}

impl<A: Live> Drop for Obituary<A> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            metrics::counter!("attendance_actor_panics_total", "actor" => A::NAME).increment(1);
            tracing::error!(actor = A::NAME, id = %self.id, "actor panicked; its next message starts a fresh one");
        }
        self.directory.forget(self.id, self.generation);
        if A::RETURNS && std::thread::panicking() {
            let (directory, id) = (self.directory.clone(), self.id);
            self.directory.next_arbiter().spawn(async move {
                actix::clock::sleep(RETURN_AFTER).await;
                directory.find_or_start(id);
            });
        }
    }
}

impl<A: Live> Directory<A> {
    /// `create` builds an actor from its id; it reads its row in `started`.
    pub fn new(
        arbiters: Arc<Vec<ArbiterHandle>>,
        create: impl Fn(A::Id, Obituary<A>) -> A + Send + Sync + 'static,
    ) -> Self {
        Directory(Arc::new(Inner {
            living: Mutex::new(HashMap::new()),
            create: Box::new(create),
            arbiters,
            next: AtomicUsize::new(0),
            generation: AtomicU64::new(0),
        }))
    }

    /// How many are live.
    pub fn len(&self) -> usize {
        self.0.living.lock().len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The ids of those that live now.
    pub fn ids(&self) -> Vec<A::Id> {
        self.0.living.lock().keys().copied().collect()
    }

    fn find_or_start(&self, id: A::Id) -> Addr<A> {
        self.find(id).1
    }

    /// The actor and which of those with this id it is.
    fn find(&self, id: A::Id) -> (u64, Addr<A>) {
        let mut living = self.0.living.lock();
        if let Some((generation, addr)) = living.get(&id)
            && addr.connected()
        {
            return (*generation, addr.clone());
        }
        let generation = self.0.generation.fetch_add(1, Ordering::Relaxed);
        let directory = self.clone();
        let start = move |ctx: &mut Context<A>| {
            ctx.set_mailbox_capacity(A::MAILBOX);
            (directory.0.create)(id, Obituary { id, generation, directory: directory.clone() })
        };
        let addr = A::start_in_arbiter(self.next_arbiter(), start);
        living.insert(id, (generation, addr.clone()));
        (generation, addr)
    }

    /// Takes one out that is ending, unless another has its place already.
    fn forget(&self, id: A::Id, ended: u64) {
        let mut living = self.0.living.lock();
        if living.get(&id).is_some_and(|(generation, _)| *generation == ended) {
            living.remove(&id);
        }
    }

    fn next_arbiter(&self) -> &ArbiterHandle {
        let turn = self.0.next.fetch_add(1, Ordering::Relaxed);
        &self.0.arbiters[turn % self.0.arbiters.len()]
    }

    /// Starts the actor unless it lives; it reads in `started` what there is to do.
    pub fn wake(&self, id: A::Id) {
        self.find_or_start(id);
    }

    /// Asks the actor; finds it again and asks once more when it ended meanwhile. Messages carry ids of their own, so
    /// asking twice does not act twice.
    pub async fn tell<M>(&self, id: A::Id, message: M) -> Result<M::Result, Unreachable>
    where
        A: Handler<M>,
        A::Context: ToEnvelope<A, M>,
        M: Message + Clone + Send + 'static,
        M::Result: Send,
    {
        let started = std::time::Instant::now();
        let waiting = metrics::gauge!("attendance_actor_asks_waiting", "actor" => A::NAME);
        waiting.increment(1.0);
        let answer = self.ask(id, message).await;
        waiting.decrement(1.0);
        metrics::histogram!("attendance_actor_answer_seconds", "actor" => A::NAME).record(started.elapsed());
        answer
    }

    async fn ask<M>(&self, id: A::Id, message: M) -> Result<M::Result, Unreachable>
    where
        A: Handler<M>,
        A::Context: ToEnvelope<A, M>,
        M: Message + Clone + Send + 'static,
        M::Result: Send,
    {
        for _ in 0..2 {
            let (generation, addr) = self.find(id);
            if let Ok(answer) = addr.send(message.clone()).await {
                return Ok(answer);
            }
            // It was dropped with the message in its mailbox, and is perhaps not gone altogether.
            self.forget(id, generation);
        }
        Err(Unreachable(A::NAME))
    }

    /// Asks the actor if it lives. None: it does not, and what it would say stands in the database.
    pub async fn ask_living<M>(&self, id: A::Id, message: M) -> Option<M::Result>
    where
        A: Handler<M>,
        A::Context: ToEnvelope<A, M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        let addr = self.0.living.lock().get(&id).map(|(_, addr)| addr.clone())?;
        addr.send(message).await.ok()
    }

    /// Lets the actor know, starting it if need be; what must not be lost is in the database already.
    pub fn notify<M>(&self, id: A::Id, message: M)
    where
        A: Handler<M>,
        A::Context: ToEnvelope<A, M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        self.find_or_start(id).do_send(message);
    }

    /// Lets the actor know if it lives, and tells whether; one that does not will read the same from the database when it
    /// starts.
    pub fn notify_living<M>(&self, id: A::Id, message: M) -> bool
    where
        A: Handler<M>,
        A::Context: ToEnvelope<A, M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        let addr = self.0.living.lock().get(&id).map(|(_, addr)| addr.clone());
        addr.map(|addr| addr.do_send(message)).is_some()
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

    use super::*;

    /// Tells of each of its lives.
    struct Cat<const RETURNS: bool> {
        _obituary: Obituary<Self>,
    }

    impl<const RETURNS: bool> Live for Cat<RETURNS> {
        type Id = u64;
        const NAME: &'static str = "cat";
        const MAILBOX: usize = 8;
        const RETURNS: bool = RETURNS;
    }

    impl<const RETURNS: bool> Actor for Cat<RETURNS> {
        type Context = Context<Self>;
    }

    #[derive(Debug, Clone, Message)]
    #[rtype(result = "()")]
    struct Panic;

    #[derive(Debug, Clone, Message)]
    #[rtype(result = "String")]
    struct Stroke;

    impl<const RETURNS: bool> Handler<Panic> for Cat<RETURNS> {
        type Result = ();
        fn handle(&mut self, _: Panic, _: &mut Self::Context) {
            panic!("as the test asked");
        }
    }

    impl<const RETURNS: bool> Handler<Stroke> for Cat<RETURNS> {
        type Result = String;
        fn handle(&mut self, _: Stroke, _: &mut Self::Context) -> Self::Result {
            "purrs".to_owned()
        }
    }

    fn cats<const RETURNS: bool>() -> (Directory<Cat<RETURNS>>, UnboundedReceiver<u64>) {
        let (born, births): (UnboundedSender<u64>, _) = unbounded_channel();
        let create = move |id, obituary| {
            born.send(id).unwrap();
            Cat { _obituary: obituary }
        };
        (Directory::new(Arc::new(vec![Arbiter::new().handle()]), create), births)
    }

    #[actix::test]
    async fn a_message_behind_a_panic_is_handled_by_a_fresh_actor() {
        let (cats, mut births) = cats::<false>();
        cats.notify(7, Panic);
        assert_eq!(cats.tell(7, Stroke).await, Ok("purrs".to_owned()));
        assert_eq!((births.recv().await, births.recv().await), (Some(7), Some(7)));
        assert_eq!(cats.ids(), [7]);
        assert!(cats.tell(7, Panic).await.is_err(), "one that panics each time is given up");
        assert!(cats.is_empty());
    }

    #[actix::test]
    async fn one_with_work_of_its_own_returns_without_being_asked() {
        let (cats, mut births) = cats::<true>();
        cats.notify(7, Panic);
        assert_eq!((births.recv().await, births.recv().await), (Some(7), Some(7)));
        assert_eq!(cats.ids(), [7]);
    }
}
