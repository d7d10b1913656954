//! The live attendant: presence, load, the offers they have. The one authority on their capacity.
//!
//! Presence is real: a console socket, or a status set from a messenger or the API. Losing the last socket starts a grace;
//! after it a console attendant is away and their unanswered offers return. `busy` at full load is derived, not stored.

use std::collections::BTreeMap;

use actix::prelude::*;
use serde_json::json;

use super::Status as Presence;
use super::store as people;
use crate::actors::directory::{Live, Obituary};
use crate::clock::Timestamp;
use crate::conversations::actor::Do;
use crate::conversations::lifecycle::Command;
use crate::conversations::{Status, store as conversations};
use crate::floor;
use crate::ids::*;
use crate::queues::actor::Recheck;
use crate::services::Services;
use crate::store::StoreError;
use crate::store::events::{Audience, Event};

/// A console socket opened or closed.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct Socket {
    pub opened: bool,
}

/// What they wish to be; `console` false when said from a messenger or by the API, where no socket vouches for them.
#[derive(Debug, Clone, Message)]
#[rtype(result = "Result<Presence, StoreError>")]
pub struct SetStatus {
    pub status: Presence,
    pub console: bool,
}

/// A queue wants to offer them a conversation: true keeps a place for it.
#[derive(Debug, Clone, Message)]
#[rtype(result = "bool")]
pub struct Reserve {
    pub session: SessionId,
    /// What this queue allows them at most.
    pub capacity: u32,
}

/// They take a conversation by hand, whatever their status: true when there is room, or it is theirs already.
#[derive(Debug, Clone, Message)]
#[rtype(result = "bool")]
pub struct Claim {
    pub session: SessionId,
    pub capacity: u32,
}

/// The offer did not come about.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct Unreserve(pub SessionId);

/// They have this conversation, in this state.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct Hold {
    pub session: SessionId,
    pub status: Status,
}

/// They no longer have it.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct Release(pub SessionId);

/// Their queues, capacity or skills changed.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct Reconsider;

/// Why a place is kept. Who leaves before the offer of a queue reaches them gives it back at once; what a person hands
/// to them rings, whatever their status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Offered,
    Claimed,
}

/// The live attendant.
pub struct AttendantActor {
    id: UserId,
    services: Services,
    /// As they wish; `busy` by load comes on top.
    wished: Presence,
    since: Timestamp,
    console: bool,
    sockets: u32,
    held: BTreeMap<SessionId, Status>,
    reserved: BTreeMap<SessionId, Place>,
    idle_since: Timestamp,
    last_assigned_at: Option<Timestamp>,
    /// What was last told to screens.
    told: Option<(Presence, u32)>,
    grace: Option<SpawnHandle>,
    _obituary: Obituary<Self>,
}

impl Live for AttendantActor {
    type Id = UserId;
    const NAME: &'static str = "attendant";
    const MAILBOX: usize = 1024;
    const RETURNS: bool = true;
}

impl AttendantActor {
    pub fn new(id: UserId, services: Services, obituary: Obituary<Self>) -> Self {
        let now = services.clock.now();
        AttendantActor {
            id,
            services,
            wished: Presence::Offline,
            since: now,
            console: false,
            sockets: 0,
            held: BTreeMap::new(),
            reserved: BTreeMap::new(),
            idle_since: now,
            last_assigned_at: None,
            told: None,
            grace: None,
            _obituary: obituary,
        }
    }

    fn read(&self, ctx: &mut Context<Self>) {
        let (store, id) = (self.services.store.clone(), self.id);
        let reading = async move {
            store
                .read("attendant.load", move |db| {
                    let Some(user) = people::find(db, id)? else { return Ok(None) };
                    Ok(Some((user, conversations::held_by(db, id)?)))
                })
                .await
        };
        ctx.wait(reading.into_actor(self).map(|read, actor, ctx| match read {
            Ok(Some((user, held))) => {
                actor.wished = user.status;
                actor.since = user.status_since;
                actor.console = user.console_presence;
                actor.held = held.into_iter().collect();
                actor.idle_since = user.status_since;
                actor.publish();
                // After a restart a console attendant has the grace to come back.
                if actor.console && actor.sockets == 0 && actor.wished == Presence::Online {
                    actor.start_grace(ctx);
                }
            }
            Ok(None) => ctx.stop(),
            Err(error) => {
                tracing::warn!(attendant.id = %actor.id, %error, "attendant could not be read");
                ctx.stop();
            }
        }));
    }

    /// Offered and active; pending ones wait for the customer.
    fn load(&self) -> u32 {
        let held = self.held.values().filter(|status| matches!(status, Status::Assigned | Status::Active)).count();
        let reserved = self.reserved.keys().filter(|session| !self.held.contains_key(session)).count();
        u32::try_from(held + reserved).unwrap_or(u32::MAX)
    }

    fn capacity(&self) -> u32 {
        self.services.catalog.of_user(self.id).map_or(0, |(configuration, _)| configuration.capacity_of(self.id))
    }

    fn effective(&self) -> Presence {
        match self.wished {
            Presence::Online if self.load() >= self.capacity() => Presence::Busy,
            wished => wished,
        }
    }

    /// Lets routing know, tells screens of a change, and tells the queues when there may be room.
    fn publish(&mut self) {
        let (status, active) = (self.effective(), self.load());
        self.services.floor.publish_attendant(
            self.id,
            floor::Presence {
                status,
                since: self.since,
                active,
                idle_since: self.idle_since,
                last_assigned_at: self.last_assigned_at,
            },
        );
        let Some((configuration, user)) = self.services.catalog.of_user(self.id) else { return };
        if self.told != Some((status, active)) {
            let first = self.told.is_none();
            self.told = Some((status, active));
            if !first {
                let body = json!({
                    "attendant": {"id": self.id, "name": user.name},
                    "status": status,
                    "active_conversations": active,
                    "max_conversations": configuration.capacity_of(self.id),
                });
                let serde_json::Value::Object(body) = body else { return };
                let event = Event {
                    organization_id: configuration.organization.id,
                    kind: "attendant_status",
                    at: self.services.clock.now(),
                    audience: Audience::All,
                    body,
                };
                let store = self.services.store.clone();
                actix::spawn(async move {
                    // Screens hear of the next change; the list endpoint always tells the truth.
                    let _ = store
                        .write("attendant.tell", move |tx| {
                            tx.emit(event.clone());
                            Ok(())
                        })
                        .await;
                });
            }
        }
        if status == Presence::Online {
            for queue in configuration.queues_of(self.id) {
                self.services.queues().notify(queue, Recheck);
            }
        }
    }

    fn grace_period(&self) -> std::time::Duration {
        let configuration = self.services.catalog.of_user(self.id).map(|(configuration, _)| configuration);
        configuration.map_or(std::time::Duration::from_secs(60), |configuration| {
            std::time::Duration::from_secs(configuration.settings.attendance.presence_grace_seconds)
        })
    }

    fn start_grace(&mut self, ctx: &mut Context<Self>) {
        let grace = self.grace_period();
        self.grace = Some(ctx.run_later(grace, |actor, ctx| {
            actor.grace = None;
            if actor.sockets == 0 && actor.console && matches!(actor.wished, Presence::Online | Presence::Busy) {
                actor.change(Presence::Away, true, ctx);
            }
        }));
    }

    /// Becomes `status` in memory at once and in the row soon after; offers return when it is not working any more.
    fn change(&mut self, status: Presence, console: bool, ctx: &mut Context<Self>) {
        let now = self.services.clock.now();
        if self.wished != status {
            self.since = now;
            if status == Presence::Online {
                self.idle_since = now;
            }
        }
        self.wished = status;
        self.console = console;
        let (store, id) = (self.services.store.clone(), self.id);
        ctx.spawn(
            async move {
                store
                    .write("attendant.status", move |tx| Ok(people::set_status(tx.db, id, status, console, now)?))
                    .await
            }
            .into_actor(self)
            .map(|saved, actor, _| {
                if let Err(error) = saved {
                    tracing::warn!(attendant.id = %actor.id, %error, "status could not be stored");
                }
            }),
        );
        if matches!(status, Presence::Away | Presence::Offline) {
            self.give_offers_back();
        }
        self.publish();
    }

    fn give_offers_back(&self) {
        for (session, status) in &self.held {
            if *status == Status::Assigned {
                let (services, session, attendant) = (self.services.clone(), *session, self.id);
                actix::spawn(async move {
                    // An offer that cannot be returned now lapses by its timer.
                    let _ = services.conversations().tell(session, Do(Command::AttendantLeft { attendant })).await;
                });
            }
        }
    }
}

impl Actor for AttendantActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.read(ctx);
    }
}

impl Handler<Socket> for AttendantActor {
    type Result = ();

    fn handle(&mut self, Socket { opened }: Socket, ctx: &mut Self::Context) {
        if opened {
            self.sockets += 1;
            if let Some(grace) = self.grace.take() {
                ctx.cancel_future(grace);
            }
            // Back from a lost connection: as they were before it.
            let returns = self.console && self.wished == Presence::Away;
            if returns || (self.wished == Presence::Online && !self.console) {
                self.change(Presence::Online, true, ctx);
            }
        } else {
            self.sockets = self.sockets.saturating_sub(1);
            if self.sockets == 0 && self.console && self.grace.is_none() {
                self.start_grace(ctx);
            }
        }
    }
}

impl Handler<SetStatus> for AttendantActor {
    type Result = AtomicResponse<Self, Result<Presence, StoreError>>;

    fn handle(&mut self, SetStatus { status, console }: SetStatus, _: &mut Self::Context) -> Self::Result {
        let (store, id, now) = (self.services.store.clone(), self.id, self.services.clock.now());
        // Away by their own wish must not turn online by itself when a socket opens.
        let console = console && matches!(status, Presence::Online | Presence::Busy) && self.sockets > 0;
        let save = async move {
            store.write("attendant.status", move |tx| Ok(people::set_status(tx.db, id, status, console, now)?)).await
        };
        AtomicResponse::new(Box::pin(save.into_actor(self).map(move |saved, actor, _| {
            saved?;
            if actor.wished != status {
                actor.since = now;
                if status == Presence::Online {
                    actor.idle_since = now;
                }
            }
            actor.wished = status;
            actor.console = console;
            if matches!(status, Presence::Away | Presence::Offline) {
                actor.give_offers_back();
            }
            actor.publish();
            Ok(actor.effective())
        })))
    }
}

impl Handler<Reserve> for AttendantActor {
    type Result = bool;

    fn handle(&mut self, Reserve { session, capacity }: Reserve, _: &mut Self::Context) -> bool {
        if self.wished != Presence::Online || self.load() >= capacity {
            return false;
        }
        self.reserved.insert(session, Place::Offered);
        self.last_assigned_at = Some(self.services.clock.now());
        self.publish();
        true
    }
}

impl Handler<Claim> for AttendantActor {
    type Result = bool;

    fn handle(&mut self, Claim { session, capacity }: Claim, _: &mut Self::Context) -> bool {
        // A place kept for the offer of this very conversation, which they take before it reaches them, is theirs.
        if self.held.contains_key(&session) || self.reserved.contains_key(&session) {
            return true;
        }
        if self.load() >= capacity {
            return false;
        }
        self.reserved.insert(session, Place::Claimed);
        self.last_assigned_at = Some(self.services.clock.now());
        self.publish();
        true
    }
}

impl Handler<Unreserve> for AttendantActor {
    type Result = ();

    fn handle(&mut self, Unreserve(session): Unreserve, _: &mut Self::Context) {
        if self.reserved.remove(&session).is_some() {
            self.publish();
        }
    }
}

impl Handler<Hold> for AttendantActor {
    type Result = ();

    fn handle(&mut self, Hold { session, status }: Hold, _: &mut Self::Context) {
        let reserved = self.reserved.remove(&session);
        self.held.insert(session, status);
        self.publish();
        // They left between the reservation and the offer: it returns like any other of theirs.
        if reserved == Some(Place::Offered)
            && status == Status::Assigned
            && matches!(self.wished, Presence::Away | Presence::Offline)
        {
            self.give_offers_back();
        }
    }
}

impl Handler<Release> for AttendantActor {
    type Result = ();

    fn handle(&mut self, Release(session): Release, _: &mut Self::Context) {
        self.reserved.remove(&session);
        if self.held.remove(&session).is_some() {
            if self.load() == 0 {
                self.idle_since = self.services.clock.now();
            }
            self.publish();
        }
    }
}

impl Handler<Reconsider> for AttendantActor {
    type Result = ();

    fn handle(&mut self, _: Reconsider, _: &mut Self::Context) {
        self.publish();
    }
}
