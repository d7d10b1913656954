//! One attendant's socket: `GET /ws/attendant`.
//!
//! Events arrive from the bus, which never waits: what a slow client does not read is counted, beyond a bound it is cut off
//! and told `resync` once it reads again (an actor whose client stops reading does not run at all). Frames of the client
//! are worked off one after the other, while events go on. No event is missed, sent twice or out of order around a `resume`:
//! the socket listens first, holds live events back until the client had the time to ask, replays from the database, and
//! drops what it has already sent. Who asks for what precedes something sent already is told `resync`.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use actix::prelude::*;
use actix_http::ws::Item;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use actix_web_actors::ws::{self, CloseCode, CloseReason, ProtocolError, WebsocketContext};
use bytes::BytesMut;
use bytestring::ByteString;
use parking_lot::RwLock;
use serde_json::{Value, json};

use super::protocol::{self, Frame, Read};
use crate::actors::sockets::Close;
use crate::api::caller::{self, Caller};
use crate::api::problem::Problem;
use crate::attendants::actor as attendant;
use crate::attendants::desk::{self, Draft, Target, Via, Worker};
use crate::attendants::executor::{self, Line};
use crate::auth::roles::{Permission, Principal};
use crate::clock::Timestamp;
use crate::conversations::Conversation;
use crate::conversations::view::MessageView;
use crate::ids::*;
use crate::services::Services;
use crate::store::StoreError;
use crate::store::events::{self, StoredEvent};

/// Events read at a time while replaying.
const PAGE: i64 = 200;
/// A returning client asks for what it missed right after the hello, one that was cut off after the `resync`; until then (or
/// this long, which a slow mobile network needs) live events wait, so that they come in order. One that asks for nothing is
/// held up this once.
const HOLD: Duration = Duration::from_secs(1);
/// Frames of the client waiting to be worked off at most.
const FRAMES: usize = 64;
/// Mailbox places beside those for events.
const SPARE: usize = 32;

/// `GET /ws/attendant`: subprotocol `attendance.v1`, credential as second subprotocol `bearer.<token>` or in the
/// Authorization header.
///
/// 101 · 400 not a WebSocket handshake · 401 · 403 without the right to see conversations
pub async fn open(request: HttpRequest, stream: Payload, services: Data<Services>) -> Result<HttpResponse, Problem> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let offers: Vec<&str> =
        request.headers().get_all("sec-websocket-protocol").filter_map(|value| value.to_str().ok()).collect();
    let offers = offers.join(",");
    let (_, offered) = protocol::offered(&offers);
    let bearer = header("authorization")
        .and_then(|value| value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("bearer ")))
        .map(str::trim);
    let credential = offered.or(bearer).ok_or_else(Problem::unauthorized)?;
    let caller = caller::authenticate(&services, credential).await?;
    caller.may(Permission::ViewConversations)?;
    let socket = Socket::new(services.get_ref().clone(), caller, credential);
    ws::WsResponseBuilder::new(socket, &request, stream)
        .protocols(&[protocol::SUBPROTOCOL])
        .frame_size(protocol::FRAME_BYTES)
        .start()
        .map_err(|error| Problem::malformed(format!("not a WebSocket handshake: {error}")))
}

/// Events for this socket, in order.
#[derive(Message)]
#[rtype(result = "()")]
struct Deliver(Vec<Arc<StoredEvent>>);

/// It was cut off and everything it was sent is written: tell it to catch up.
#[derive(Message)]
#[rtype(result = "()")]
struct CatchUp;

/// What the bus's thread and the socket share.
struct Shared {
    principal: RwLock<Principal>,
    /// Of the catalog when `principal` was read.
    generation: AtomicU64,
    /// Events on their way to the actor.
    queued: AtomicUsize,
    /// Cut off: gets no events until it has caught up.
    lagging: AtomicBool,
}

impl Shared {
    /// Reads again what the person may see, once something changed; false when they may not be here any more.
    fn refresh(&self, services: &Services) -> bool {
        let generation = services.catalog.generation();
        if self.generation.load(Ordering::Acquire) == generation {
            return true;
        }
        let (user, scopes) = {
            let principal = self.principal.read();
            (principal.user, principal.scopes.clone())
        };
        let Some(worker) = Worker::of(services, user) else { return false };
        let principal = Principal { scopes, ..worker.principal };
        if principal.may(Permission::ViewConversations).is_err() {
            return false;
        }
        *self.principal.write() = principal;
        self.generation.store(generation, Ordering::Release);
        true
    }
}

/// Undone however the socket ends.
struct Attached {
    services: Services,
    organization: OrganizationId,
    user: UserId,
    listener: u64,
    registered: u64,
    /// Vouches for the person's presence; tokens of programs do not.
    vouches: bool,
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.services.bus.stop_listening(self.organization, self.listener);
        self.services.sockets.remove(self.registered);
        if self.vouches {
            self.services.attendants().notify(self.user, attendant::Socket { opened: false });
        }
        metrics::gauge!("attendance_sockets", "kind" => "attendant").decrement(1);
    }
}

/// What happens to an event that arrives now.
enum Phase {
    /// Kept until the hello is out and the client had the time to ask for more, or until a replay has ended.
    Holding {
        kept: VecDeque<Arc<StoredEvent>>,
        /// More came than is kept: the rest is read from the database.
        overflown: bool,
    },
    Live,
}

impl Phase {
    fn holding() -> Phase {
        Phase::Holding { kept: VecDeque::new(), overflown: false }
    }
}

/// The actor of a socket.
pub struct Socket {
    services: Services,
    organization: OrganizationId,
    user: UserId,
    login: Option<RecordId>,
    /// Of a program: looked at again at each heartbeat, since nobody tells when it is revoked.
    token: Option<String>,
    expires_at: Option<i64>,
    shared: Arc<Shared>,
    attached: Option<Attached>,
    phase: Phase,
    /// A replay, or the hello, is under way.
    reading: bool,
    /// A `resume` that came meanwhile.
    wanted: Option<i64>,
    hold: Option<SpawnHandle>,
    /// Events up to here have been sent or passed over.
    cursor: i64,
    /// Everything visible after this was sent by this socket, up to `cursor`.
    complete_from: i64,
    /// The last event written: what precedes it comes too late.
    sent: i64,
    heard: Timestamp,
    frames: VecDeque<(Option<Value>, Frame)>,
    working: bool,
    partial: BytesMut,
}

impl Socket {
    fn new(services: Services, caller: Caller, credential: &str) -> Self {
        let shared = Shared {
            generation: AtomicU64::new(services.catalog.generation()),
            principal: RwLock::new(caller.principal.clone()),
            queued: AtomicUsize::new(0),
            lagging: AtomicBool::new(false),
        };
        Socket {
            organization: caller.organization(),
            user: caller.user.id,
            login: caller.login,
            token: caller.login.is_none().then(|| credential.to_owned()),
            expires_at: caller.expires_at,
            shared: Arc::new(shared),
            attached: None,
            phase: Phase::holding(),
            reading: false,
            wanted: None,
            hold: None,
            cursor: 0,
            complete_from: 0,
            sent: 0,
            heard: services.clock.now(),
            frames: VecDeque::new(),
            working: false,
            partial: BytesMut::new(),
            services,
        }
    }

    fn bound(&self) -> usize {
        usize::try_from(self.services.config.events.socket_buffer).unwrap_or(256)
    }

    fn attach(&mut self, ctx: &mut WebsocketContext<Self>) {
        let (shared, services, bound) = (self.shared.clone(), self.services.clone(), self.bound());
        let addr = ctx.address().downgrade();
        let listener = self.services.bus.listen(
            self.organization,
            Box::new(move |batch| {
                let Some(addr) = addr.upgrade() else { return false };
                if !shared.refresh(&services) {
                    addr.do_send(Close::REVOKED);
                    return false;
                }
                let heard: Vec<_> = {
                    let principal = shared.principal.read();
                    batch.iter().filter(|event| principal.hears(&event.audience)).cloned().collect()
                };
                if heard.is_empty() {
                    return true;
                }
                let queued = shared.queued.load(Ordering::Acquire);
                if shared.lagging.load(Ordering::Acquire) {
                    if queued == 0 {
                        // Full again: the next event, or the heartbeat, says it once more.
                        let _ = addr.try_send(CatchUp);
                    }
                    return true;
                }
                // A batch alone always fits, whatever the bound.
                if queued > 0 && queued + heard.len() > bound {
                    shared.lagging.store(true, Ordering::Release);
                    metrics::counter!("attendance_socket_lagging_total").increment(1);
                    return true;
                }
                let count = heard.len();
                shared.queued.fetch_add(count, Ordering::AcqRel);
                if addr.try_send(Deliver(heard)).is_err() {
                    shared.queued.fetch_sub(count, Ordering::AcqRel);
                    shared.lagging.store(true, Ordering::Release);
                }
                true
            }),
        );
        let registered = self.services.sockets.add(Some(self.user), self.login, ctx.address().recipient());
        let vouches = self.login.is_some() && self.shared.principal.read().may(Permission::SetOwnStatus).is_ok();
        if vouches {
            self.services.attendants().notify(self.user, attendant::Socket { opened: true });
        }
        metrics::gauge!("attendance_sockets", "kind" => "attendant").increment(1);
        self.attached = Some(Attached {
            services: self.services.clone(),
            organization: self.organization,
            user: self.user,
            listener,
            registered,
            vouches,
        });
    }

    fn close(&mut self, Close { code, reason }: Close, ctx: &mut WebsocketContext<Self>) {
        ctx.close(Some(CloseReason { code: CloseCode::from(code), description: Some(reason.to_owned()) }));
        ctx.stop();
    }

    /// The hello, from the place where the stream stands after we began to listen.
    fn greet(&mut self, ctx: &mut WebsocketContext<Self>) {
        self.reading = true;
        self.read_newest(ctx, |actor, seq, ctx| {
            let user = Worker::of(&actor.services, actor.user).map(|worker| {
                let user = &worker.user;
                json!({"id": user.id, "name": user.name, "email": user.email, "role": user.role,
                    "locale": user.locale, "organization_id": user.organization_id})
            });
            let heartbeat = actor.services.config.presence.heartbeat_seconds;
            ctx.text(protocol::hello(seq, user.unwrap_or_default(), actor.services.clock.now(), heartbeat));
            actor.await_resume(ctx);
        });
    }

    /// Live events wait for a `resume`, if it has not come yet.
    fn await_resume(&mut self, ctx: &mut WebsocketContext<Self>) {
        match self.wanted.take() {
            Some(last_seq) => self.resume(last_seq, ctx),
            None => {
                self.hold = Some(ctx.run_later(HOLD, |actor, ctx| {
                    actor.hold = None;
                    actor.go_live(ctx);
                }));
            }
        }
    }

    /// Reads where the stream stands; everything up to there is not ours to send.
    fn read_newest(
        &mut self,
        ctx: &mut WebsocketContext<Self>,
        then: impl FnOnce(&mut Self, i64, &mut WebsocketContext<Self>) + 'static,
    ) {
        let (store, organization) = (self.services.store.clone(), self.organization);
        let read = async move { store.read("events.last", move |db| Ok(events::last_seq(db, organization)?)).await };
        ctx.spawn(read.into_actor(self).map(move |read, actor, ctx| {
            actor.reading = false;
            match read {
                Ok(seq) => {
                    actor.cursor = seq;
                    actor.complete_from = seq;
                    then(actor, seq, ctx);
                }
                Err(error) => actor.fail(&error, ctx),
            }
        }));
    }

    fn fail(&mut self, error: &StoreError, ctx: &mut WebsocketContext<Self>) {
        tracing::warn!(user.id = %self.user, %error, "events could not be read; socket closed");
        self.close(Close { code: 1013, reason: "try again later" }, ctx);
    }

    /// Sends what was kept and from now on what comes.
    fn go_live(&mut self, ctx: &mut WebsocketContext<Self>) {
        if self.reading {
            return;
        }
        if let Some(last_seq) = self.wanted.take() {
            return self.resume(last_seq, ctx);
        }
        match std::mem::replace(&mut self.phase, Phase::Live) {
            Phase::Live => {}
            Phase::Holding { overflown: true, .. } => {
                self.phase = Phase::holding();
                self.replay(self.cursor, None, ctx);
            }
            Phase::Holding { kept, .. } => {
                for event in kept {
                    self.pass_on(&event, ctx);
                }
            }
        }
    }

    fn pass_on(&mut self, event: &StoredEvent, ctx: &mut WebsocketContext<Self>) {
        if event.seq != 0 {
            if event.seq <= self.cursor {
                return;
            }
            self.cursor = event.seq;
            self.sent = event.seq;
        }
        ctx.text(event.frame.clone());
    }

    /// `resume`: what the client has not seen and this socket has not sent.
    fn resume(&mut self, last_seq: i64, ctx: &mut WebsocketContext<Self>) {
        if self.reading {
            self.wanted = Some(self.wanted.map_or(last_seq, |earlier| earlier.min(last_seq)));
            return;
        }
        if let Some(hold) = self.hold.take() {
            ctx.cancel_future(hold);
        }
        if last_seq > self.cursor {
            // From a future this stream does not have: a restored database.
            return self.reload(ctx);
        }
        if last_seq >= self.complete_from {
            return self.go_live(ctx);
        }
        let until = self.complete_from;
        let limit = i64::try_from(self.services.config.events.replay_limit).unwrap_or(i64::MAX);
        if last_seq < self.sent || last_seq < 0 || until - last_seq > limit {
            return self.reload(ctx);
        }
        if matches!(self.phase, Phase::Live) {
            self.phase = Phase::holding();
        }
        self.complete_from = last_seq;
        self.replay(last_seq, Some(until), ctx);
    }

    /// Sends the stored events after `after`, page by page: to `until`, or as far as there are any. A client that does not
    /// read stops this actor, so no more than a page is ever in memory.
    fn replay(&mut self, after: i64, until: Option<i64>, ctx: &mut WebsocketContext<Self>) {
        self.reading = true;
        let (store, organization) = (self.services.store.clone(), self.organization);
        let read = async move {
            store.read("events.since", move |db| Ok(events::since(db, organization, after, PAGE)?)).await
        };
        ctx.spawn(read.into_actor(self).map(move |read, actor, ctx| {
            actor.reading = false;
            let page = match read {
                Ok(Some(page)) => page,
                Ok(None) => return actor.reload(ctx),
                Err(error) => return actor.fail(&error, ctx),
            };
            let full = i64::try_from(page.len()).unwrap_or(0) == PAGE;
            let end = page.last().map_or(after, |event| event.seq);
            let principal = actor.shared.principal.read().clone();
            for event in page {
                if until.is_none_or(|until| event.seq <= until) && principal.hears(&event.audience) {
                    actor.sent = event.seq;
                    ctx.text(event.frame);
                }
            }
            if until.is_none() {
                actor.cursor = actor.cursor.max(end);
            }
            if full && until.is_none_or(|until| end < until) {
                return actor.replay(end, until, ctx);
            }
            actor.go_live(ctx);
        }));
    }

    /// It was cut off: it may ask for what it missed, or load everything again. Events after the place told follow.
    fn catch_up(&mut self, ctx: &mut WebsocketContext<Self>) {
        self.tell_resync(ctx, Self::await_resume);
    }

    /// What it asks for cannot be sent in order: it loads everything again. Events after the place told follow.
    fn reload(&mut self, ctx: &mut WebsocketContext<Self>) {
        self.tell_resync(ctx, Self::go_live);
    }

    fn tell_resync(&mut self, ctx: &mut WebsocketContext<Self>, then: fn(&mut Self, &mut WebsocketContext<Self>)) {
        self.phase = Phase::holding();
        self.reading = true;
        if let Some(hold) = self.hold.take() {
            ctx.cancel_future(hold);
        }
        // From now on events come again; those up to the place read next are not needed.
        self.shared.lagging.store(false, Ordering::Release);
        self.read_newest(ctx, move |actor, seq, ctx| {
            ctx.text(protocol::resync(seq));
            then(actor, ctx);
        });
    }

    fn read_text(&mut self, text: &str, ctx: &mut WebsocketContext<Self>) {
        let Read { reference, frame } = protocol::read(text);
        match frame {
            Ok(Frame::Resume(resume)) => {
                self.resume(resume.last_seq, ctx);
                if let Some(reference) = reference {
                    ctx.text(protocol::ack(&reference, json!({})));
                }
            }
            Ok(_) if self.frames.len() >= FRAMES => {
                self.refuse(reference.as_ref(), &Problem::unavailable(1), ctx);
            }
            Ok(frame) => {
                self.frames.push_back((reference, frame));
                self.work(ctx);
            }
            Err(problem) => self.refuse(reference.as_ref(), &problem, ctx),
        }
    }

    fn refuse(&self, reference: Option<&Value>, problem: &Problem, ctx: &mut WebsocketContext<Self>) {
        if let Some(cause) = problem.cause() {
            tracing::warn!(user.id = %self.user, cause, "frame failed");
        }
        let lang = Worker::of(&self.services, self.user).map(|worker| worker.lang()).unwrap_or_default();
        ctx.text(protocol::error(reference, problem, lang));
    }

    /// Works off the client's frames in order, one at a time; events go on meanwhile.
    fn work(&mut self, ctx: &mut WebsocketContext<Self>) {
        if self.working {
            return;
        }
        let Some((reference, frame)) = self.frames.pop_front() else { return };
        if !self.shared.refresh(&self.services) {
            return self.close(Close::REVOKED, ctx);
        }
        self.working = true;
        let (services, user) = (self.services.clone(), self.user);
        let principal = self.shared.principal.read().clone();
        let act = async move {
            let worker = Worker::of(&services, user).ok_or_else(Problem::unauthorized)?;
            perform(&services, &Worker { principal, ..worker }, frame).await
        };
        ctx.spawn(act.into_actor(self).map(move |done, actor, ctx| {
            actor.working = false;
            match (done, &reference) {
                (Ok(data), Some(reference)) => ctx.text(protocol::ack(reference, data)),
                (Ok(_), None) => {}
                (Err(problem), reference) => actor.refuse(reference.as_ref(), &problem, ctx),
            }
            actor.work(ctx);
        }));
    }

    fn beat(&mut self, ctx: &mut WebsocketContext<Self>) {
        let presence = &self.services.config.presence;
        let now = self.services.clock.now();
        if now.since(self.heard) >= Duration::from_secs(presence.dead_after_seconds) {
            // Nobody is there to read a close frame.
            return ctx.stop();
        }
        if self.expires_at.is_some_and(|at| at <= now.secs()) {
            return self.close(Close::EXPIRED, ctx);
        }
        let ended = self.login.is_some_and(|login| self.services.revoked.contains(login));
        if ended || !self.shared.refresh(&self.services) {
            return self.close(Close::REVOKED, ctx);
        }
        if self.shared.lagging.load(Ordering::Acquire)
            && self.shared.queued.load(Ordering::Acquire) == 0
            && !self.reading
        {
            self.catch_up(ctx);
        }
        if let Some(token) = self.token.clone() {
            let services = self.services.clone();
            let check =
                async move { caller::authenticate(&services, &token).await.is_err_and(|error| error.is_refusal()) };
            ctx.spawn(check.into_actor(self).map(|refused, actor, ctx| {
                if refused {
                    actor.close(Close::REVOKED, ctx);
                }
            }));
        }
        ctx.ping(b"");
    }
}

/// One frame of the client: the data of its ack.
async fn perform(services: &Services, worker: &Worker, frame: Frame) -> Result<Value, Problem> {
    let state = |conversation: Conversation| {
        let session = conversation.session;
        json!({
            "session_id": session.id,
            "status": session.status,
            "assigned_to": session.attendant_id,
            "queue_id": session.queue_id,
        })
    };
    Ok(match frame {
        // Answered where the stream is kept.
        Frame::Resume(_) => json!({}),
        Frame::Send(send) => {
            let draft = Draft {
                client_id: send.client_id,
                text: send.text,
                attachments: send.attachments,
                reply_to: send.reply_to,
                private: send.private,
                template: send.template,
            };
            let message = desk::send(services, worker, send.session_id, draft).await?;
            json!({"message": MessageView::from(&message)})
        }
        Frame::Take(take) => state(desk::take(services, worker, take.session_id).await?),
        Frame::Decline(of) => state(desk::decline(services, worker, of.session_id).await?),
        Frame::Resolve(resolve) => {
            let done = desk::resolve(services, worker, resolve.session_id, resolve.note, resolve.outcome).await?;
            state(done)
        }
        Frame::Transfer(transfer) => {
            let target = Target::from_fields(transfer.attendant_id, transfer.queue_id)?;
            state(desk::transfer(services, worker, transfer.session_id, target, transfer.reason).await?)
        }
        Frame::Typing(of) => {
            desk::typing(services, worker, of.session_id).await?;
            json!({})
        }
        Frame::Read(of) => {
            let done = desk::read(services, worker, of.session_id).await?;
            json!({"session_id": done.session.id, "unread": done.session.unread})
        }
        Frame::Status(set) => {
            let user = set.user_id.unwrap_or_else(|| worker.user.id.to_string());
            let status = desk::set_status(services, worker, &user, set.status, Via::Console).await?;
            json!({"status": status})
        }
        Frame::Command(typed) => {
            let line = Line { text: &typed.text, focus: typed.session_id, via: Via::Console, client_id: None };
            let reply = executor::perform(services, worker, line).await;
            json!({"text": reply.text, "data": reply.data, "focus": reply.focus})
        }
    })
}

impl Actor for Socket {
    type Context = WebsocketContext<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(self.bound() + SPARE);
        self.attach(ctx);
        self.greet(ctx);
        let heartbeat = Duration::from_secs(self.services.config.presence.heartbeat_seconds);
        ctx.run_interval(heartbeat, |actor, ctx| actor.beat(ctx));
        if let Some(at) = self.expires_at {
            let left = Timestamp::from_secs(at).since(self.services.clock.now());
            if left < Duration::from_secs(7 * 24 * 3600) {
                ctx.run_later(left, |actor, ctx| actor.close(Close::EXPIRED, ctx));
            }
        }
        // A login may have ended between the handshake and the registration.
        if self.login.is_some_and(|login| self.services.revoked.contains(login)) {
            self.close(Close::REVOKED, ctx);
        }
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        self.attached = None;
    }
}

impl Handler<Deliver> for Socket {
    type Result = ();

    fn handle(&mut self, Deliver(events): Deliver, ctx: &mut Self::Context) {
        let left = self.shared.queued.fetch_sub(events.len(), Ordering::AcqRel) - events.len();
        let bound = self.bound();
        for event in events {
            match &mut self.phase {
                Phase::Live => self.pass_on(&event, ctx),
                // Nothing that only passes by is worth keeping.
                Phase::Holding { .. } if event.seq == 0 => {}
                Phase::Holding { kept, overflown } => {
                    if kept.len() >= bound {
                        kept.clear();
                        *overflown = true;
                    }
                    if !*overflown {
                        kept.push_back(event);
                    }
                }
            }
        }
        if left == 0 && self.shared.lagging.load(Ordering::Acquire) && !self.reading {
            self.catch_up(ctx);
        }
    }
}

impl Handler<CatchUp> for Socket {
    type Result = ();

    fn handle(&mut self, _: CatchUp, ctx: &mut Self::Context) {
        if self.shared.lagging.load(Ordering::Acquire) && !self.reading {
            self.catch_up(ctx);
        }
    }
}

impl Handler<Close> for Socket {
    type Result = ();

    fn handle(&mut self, close: Close, ctx: &mut Self::Context) {
        self.close(close, ctx);
    }
}

impl StreamHandler<Result<ws::Message, ProtocolError>> for Socket {
    fn handle(&mut self, message: Result<ws::Message, ProtocolError>, ctx: &mut Self::Context) {
        self.heard = self.services.clock.now();
        match message {
            Ok(ws::Message::Text(text)) => self.read_text(&text, ctx),
            Ok(ws::Message::Ping(payload)) => ctx.pong(&payload),
            Ok(ws::Message::Pong(_) | ws::Message::Nop) => {}
            Ok(ws::Message::Close(reason)) => {
                ctx.close(reason);
                ctx.stop();
            }
            Ok(ws::Message::Continuation(Item::FirstText(part) | Item::Continue(part))) => {
                self.partial.extend_from_slice(&part);
                if self.partial.len() > protocol::FRAME_BYTES {
                    self.close(Close { code: 1009, reason: "message too big" }, ctx);
                }
            }
            Ok(ws::Message::Continuation(Item::Last(part))) => {
                self.partial.extend_from_slice(&part);
                let whole = std::mem::take(&mut self.partial).freeze();
                match ByteString::try_from(whole) {
                    Ok(text) if text.len() <= protocol::FRAME_BYTES => self.read_text(&text, ctx),
                    Ok(_) => self.close(Close { code: 1009, reason: "message too big" }, ctx),
                    Err(_) => self.close(Close { code: 1007, reason: "not UTF-8" }, ctx),
                }
            }
            Ok(ws::Message::Binary(_) | ws::Message::Continuation(Item::FirstBinary(_))) => {
                self.close(Close { code: 1003, reason: "text only" }, ctx);
            }
            Err(ProtocolError::Overflow) => self.close(Close { code: 1009, reason: "message too big" }, ctx),
            Err(_) => self.close(Close { code: 1002, reason: "protocol error" }, ctx),
        }
    }
}
