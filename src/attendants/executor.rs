//! Carries out what an attendant types, wherever they type it: commands, and text for one of their conversations. The
//! answer is for the attendant; only plain text reaches a customer. Reading a line is `commands.rs`, acting is `desk.rs`.

use serde_json::{Value, json};

use super::commands::{self, Command, Input, Which, split_target};
use super::desk::{self, DeskError, Draft, Tags, Target, Via, Worker, state_label};
use super::store as people;
use crate::auth::roles::{Permission, Role};
use crate::canned;
use crate::channels::adapter::Kind;
use crate::clock::Timestamp;
use crate::contacts::store::Contact;
use crate::conversations::view::MessageView;
use crate::conversations::{Conversation, Direction, Message, Status, store as conversations};
use crate::ids::*;
use crate::lang::Lang;
use crate::queues::Priority;
use crate::queues::hours::{Hours, HoursSettings};
use crate::services::Services;
use crate::text::{nearest, words};

/// Waiting conversations told at once; `/take n` reaches them all.
const LISTED: usize = 20;
/// Messages printed when a conversation is taken.
const RECENT: i64 = 5;
/// Characters of a message in a list.
const EXCERPT: usize = 80;

/// One line, with where it came from.
#[derive(Debug, Clone)]
pub struct Line<'a> {
    pub text: &'a str,
    /// The conversation on the screen, or the one whose notice was quoted; without it, the stored focus.
    pub focus: Option<SessionId>,
    pub via: Via,
    /// Makes a repeated line send once.
    pub client_id: Option<String>,
}

/// What the attendant is answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    pub text: String,
    pub data: Value,
    /// Where plain text goes from now on.
    pub focus: Option<SessionId>,
}

/// Carries out a line of the console or the API.
pub async fn execute(services: &Services, worker: &Worker, focus: Option<SessionId>, text: &str) -> Reply {
    perform(services, worker, Line { text, focus, via: Via::Console, client_id: None }).await
}

/// Carries out a line. Never fails: what went wrong is the answer. A changed focus is stored.
pub async fn perform(services: &Services, worker: &Worker, line: Line<'_>) -> Reply {
    let lang = worker.lang();
    let mut desk = match Desk::open(services, worker, line.focus, line.via, line.client_id).await {
        Ok(desk) => desk,
        Err(error) => return Reply { text: error.describe(lang), data: json!({"error": true}), focus: line.focus },
    };
    let before = desk.stored;
    let answer = match commands::parse(line.text) {
        Ok(input) => desk.obey(input).await,
        Err(error) => Err(Stop::Say(error.answer(lang))),
    };
    // A screen's conversation is not remembered as the focus of the phone unless it was chosen there.
    if desk.chosen != before && (desk.chosen.is_some() || line.focus.is_none()) {
        let (user, focus) = (worker.user.id, desk.chosen);
        let stored =
            services.store.write("attendant.focus", move |tx| Ok(people::set_focus(tx.db, user, focus)?)).await;
        if let Err(error) = stored {
            return Reply { text: DeskError::from(error).describe(lang), data: json!({"error": true}), focus: before };
        }
    }
    let focus = desk.focus;
    match answer {
        Ok((text, data)) => Reply { text, data, focus },
        Err(Stop::Say(text)) => Reply { text, data: json!({"error": true}), focus },
        Err(Stop::Desk(error)) => {
            Reply { text: error.describe(lang), data: json!({"error": true, "code": code(&error)}), focus }
        }
    }
}

/// For programs that read the answer of a command.
fn code(error: &DeskError) -> &'static str {
    match error {
        DeskError::Forbidden(_) => "forbidden",
        DeskError::NotFound => "not_found",
        DeskError::NothingWaiting => "nothing_waiting",
        DeskError::AtCapacity => "at_capacity",
        DeskError::AlreadyTaken { .. } => "already_taken",
        DeskError::Field { .. } => "validation",
        DeskError::Store(_) | DeskError::Busy => "overloaded",
        DeskError::Moved { .. } | DeskError::NotRetryable(_) | DeskError::Conversation(_) => "conflict",
    }
}

enum Stop {
    /// A sentence for the attendant.
    Say(String),
    Desk(DeskError),
}

impl From<DeskError> for Stop {
    fn from(error: DeskError) -> Self {
        Stop::Desk(error)
    }
}

impl From<crate::store::StoreError> for Stop {
    fn from(error: crate::store::StoreError) -> Self {
        Stop::Desk(error.into())
    }
}

type Answer = Result<(String, Value), Stop>;

/// A conversation with its customer.
type Card = (Conversation, Contact);

/// What the attendant has before them.
struct Desk<'a> {
    services: &'a Services,
    worker: &'a Worker,
    lang: Lang,
    now: Timestamp,
    via: Via,
    client_id: Option<String>,
    /// Accepted conversations in the order in which they were taken: number 1 is the first.
    active: Vec<Card>,
    /// The conversation the line came with.
    given: Option<SessionId>,
    focus: Option<SessionId>,
    stored: Option<SessionId>,
    /// What will be stored as the focus.
    chosen: Option<SessionId>,
}

impl<'a> Desk<'a> {
    async fn open(
        services: &'a Services,
        worker: &'a Worker,
        given: Option<SessionId>,
        via: Via,
        client_id: Option<String>,
    ) -> Result<Desk<'a>, DeskError> {
        let (user, organization) = (worker.user.id, worker.principal.organization);
        let (stored, mut active) = services
            .store
            .read("desk.open", move |db| {
                let stored = people::find(db, user)?.and_then(|user| user.focus_session_id);
                let held: Vec<SessionId> = conversations::held_by(db, user)?
                    .into_iter()
                    .filter(|(_, status)| matches!(status, Status::Active | Status::Pending))
                    .map(|(session, _)| session)
                    .collect();
                Ok((stored, conversations::with_customers(db, organization, &held)?))
            })
            .await?;
        active.sort_by_key(|(conversation, _)| {
            let accepted = conversation.handoff.as_ref().and_then(|handoff| handoff.accepted_at);
            (accepted, conversation.session.id)
        });
        let held = |session: &SessionId| active.iter().any(|(conversation, _)| conversation.session.id == *session);
        // The only one needs no choosing.
        let only = match active.as_slice() {
            [(conversation, _)] => Some(conversation.session.id),
            _ => None,
        };
        // Quoting a notice chooses its conversation for what follows, too.
        let quoted = given.filter(|session| via == Via::Messenger && held(session));
        let chosen = quoted.or(stored.filter(held));
        let focus = given.or(chosen).or(only);
        let (lang, now) = (worker.lang(), services.clock.now());
        Ok(Desk { services, worker, lang, now, via, client_id, active, given, focus, stored, chosen })
    }

    fn say(&self, pt: &str, en: &str) -> Stop {
        Stop::Say(self.lang.pick(pt, en).to_owned())
    }

    fn set_focus(&mut self, session: SessionId) {
        self.focus = Some(session);
        self.chosen = Some(session);
    }

    /// The conversation the line is about.
    fn focused(&self) -> Result<SessionId, Stop> {
        match (self.focus, self.active.is_empty()) {
            (Some(session), _) => Ok(session),
            (None, true) => Err(self.say(
                "Você não está atendendo ninguém. Use /fila para ver quem espera e /pegar para atender.",
                "You have no conversation. Use /queue to see who waits and /take to accept one.",
            )),
            (None, false) => {
                let head = self.lang.pick(
                    "Qual conversa? Use /foco n, responda citando, ou escreva #n texto:",
                    "Which conversation? Use /focus n, quote it, or write #n text:",
                );
                Err(Stop::Say(format!("{head}\n{}", self.list_active())))
            }
        }
    }

    fn numbered(&self, n: u32) -> Result<SessionId, Stop> {
        let card = usize::try_from(n).ok().and_then(|n| self.active.get(n.checked_sub(1)?));
        match card {
            Some((conversation, _)) => Ok(conversation.session.id),
            None if self.active.is_empty() => self.focused(),
            None => {
                let head = match self.lang {
                    Lang::Pt => format!("Não há conversa {n}. As suas:"),
                    Lang::En => format!("There is no conversation {n}. Yours:"),
                };
                Err(Stop::Say(format!("{head}\n{}", self.list_active())))
            }
        }
    }

    /// The customer's name of a conversation.
    async fn name_of(&self, session: SessionId) -> Result<String, Stop> {
        Ok(self.card(session).await?.map(|(_, contact)| display(&contact)).unwrap_or_default())
    }

    async fn card(&self, session: SessionId) -> Result<Option<Card>, Stop> {
        if let Some(card) = self.active.iter().find(|(conversation, _)| conversation.session.id == session) {
            return Ok(Some(card.clone()));
        }
        let organization = self.worker.principal.organization;
        let found = self
            .services
            .store
            .read("desk.card", move |db| Ok(conversations::with_customers(db, organization, &[session])?))
            .await?;
        Ok(found.into_iter().next())
    }

    fn list_active(&self) -> String {
        let lines = self.active.iter().enumerate().map(|(at, (conversation, contact))| {
            let session = &conversation.session;
            let here = if self.focus == Some(session.id) { " ←" } else { "" };
            let unread = if session.unread > 0 { format!(" ({})", session.unread) } else { String::new() };
            let state = match session.status {
                Status::Pending => format!(", {}", state_label(Status::Pending, self.lang)),
                _ => String::new(),
            };
            let last = excerpt(&session.last_message);
            format!("#{} {} ({}{state}){unread}: {last}{here}", at + 1, display(contact), session.channel)
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    async fn obey(&mut self, input: Input) -> Answer {
        let (services, worker) = (self.services, self.worker);
        match input {
            Input::Text(text) => {
                let session = self.focused()?;
                self.send(session, text).await
            }
            Input::ToNumber { n, text } => {
                if commands::is_command(&text) {
                    return Err(self.say(
                        "Comandos vão sozinhos, sem #n: escolha a conversa com /foco n.",
                        "Commands stand alone, without #n: choose the conversation with /focus n.",
                    ));
                }
                let session = self.numbered(n)?;
                self.send(session, text).await
            }
            Input::Command(command) => match command {
                Command::Queue => self.queue().await,
                Command::Take(which) => self.take(which).await,
                Command::Focus(n) => {
                    let session = self.numbered(n)?;
                    self.set_focus(session);
                    let name = self.name_of(session).await?;
                    let text = match self.lang {
                        Lang::Pt => format!("Agora você fala com {name}."),
                        Lang::En => format!("You are now talking to {name}."),
                    };
                    Ok((text, json!({"session_id": session})))
                }
                Command::Status(None) => {
                    let presence = services.floor.attendant(worker.user.id);
                    let status = presence.as_ref().map_or(worker.user.status, |presence| presence.status);
                    let active = presence.map_or(0, |presence| presence.active);
                    let most = worker.configuration.capacity_of(worker.user.id);
                    let label = status.label(self.lang);
                    let text = match self.lang {
                        Lang::Pt => format!("Você está {label}, com {active} de {most} conversas."),
                        Lang::En => format!("You are {label}, with {active} of {most} conversations."),
                    };
                    Ok((text, json!({"status": status, "active": active, "max": most})))
                }
                Command::Status(Some(wished)) => {
                    let own = worker.user.id.to_string();
                    let status = desk::set_status(services, worker, &own, wished, self.via).await?;
                    let text = match self.lang {
                        Lang::Pt => format!("Agora você está {}.", status.label(self.lang)),
                        Lang::En => format!("You are now {}.", status.label(self.lang)),
                    };
                    Ok((text, json!({"status": status})))
                }
                Command::Transfer(rest) => self.transfer(&rest).await,
                Command::Resolve { note } => {
                    let session = self.focused()?;
                    let name = self.name_of(session).await?;
                    desk::resolve(services, worker, session, note, None).await?;
                    let text = match self.lang {
                        Lang::Pt => format!("Atendimento de {name} encerrado."),
                        Lang::En => format!("Conversation with {name} resolved."),
                    };
                    Ok((self.leave(session, text), json!({"session_id": session, "status": "resolved"})))
                }
                Command::Context => {
                    let session = self.focused()?;
                    desk::see(services, worker, session).await?;
                    let card = self.card(session).await?.ok_or(DeskError::NotFound)?;
                    Ok((self.context(&card), context_data(&card)))
                }
                Command::Note(text) => {
                    let session = self.focused()?;
                    let message = desk::note(services, worker, session, text, self.client_id.clone()).await?;
                    let name = self.name_of(session).await?;
                    let text = match self.lang {
                        Lang::Pt => format!("Nota guardada na conversa de {name}."),
                        Lang::En => format!("Note kept in the conversation with {name}."),
                    };
                    Ok((text, json!({"session_id": session, "message": MessageView::from(&message)})))
                }
                Command::Tag { add, remove } => {
                    let session = self.focused()?;
                    let done = desk::tags(services, worker, session, Tags::Change { add, remove }).await?;
                    let tags = done.session.tags.0;
                    let label = self.lang.pick("Etiquetas", "Tags");
                    let list = if tags.is_empty() { "-".to_owned() } else { tags.join(", ") };
                    Ok((format!("{label}: {list}"), json!({"session_id": session, "tags": tags})))
                }
                Command::Priority(priority) => {
                    let session = self.focused()?;
                    desk::priority(services, worker, session, i64::from(priority.level())).await?;
                    let label = self.lang.pick("Prioridade", "Priority");
                    let text = format!("{label}: {}.", priority.label(self.lang));
                    Ok((text, json!({"session_id": session, "priority": priority})))
                }
                Command::Pending => {
                    let session = self.focused()?;
                    desk::pending(services, worker, session).await?;
                    let name = self.name_of(session).await?;
                    let text = match self.lang {
                        Lang::Pt => format!("A conversa de {name} aguarda a resposta do cliente."),
                        Lang::En => format!("The conversation with {name} waits for the customer."),
                    };
                    Ok((text, json!({"session_id": session, "status": "pending"})))
                }
                Command::Snooze(when) => {
                    let session = self.focused()?;
                    let (until, shown) = self.due(session, when).await?;
                    desk::snooze(services, worker, session, Some(until)).await?;
                    let name = self.name_of(session).await?;
                    let text = match self.lang {
                        Lang::Pt => format!("A conversa de {name} volta em {shown}."),
                        Lang::En => format!("The conversation with {name} comes back on {shown}."),
                    };
                    Ok((text, json!({"session_id": session, "snoozed_until": until})))
                }
                Command::Canned(name) => self.canned(&name).await,
                Command::Help(spec) => Ok((commands::help(spec, self.lang), json!({}))),
                Command::NotAvailable(spec) => Err(Stop::Say(spec.not_available(self.lang))),
            },
        }
    }

    /// After a conversation left them: its focus goes, and what remains is told.
    fn leave(&mut self, session: SessionId, mut text: String) -> String {
        self.active.retain(|(conversation, _)| conversation.session.id != session);
        if self.chosen == Some(session) {
            self.chosen = None;
        }
        if self.focus == Some(session) {
            self.focus = None;
        }
        if !self.active.is_empty() {
            text.push_str("\n\n");
            text.push_str(&self.list_active());
        }
        text
    }

    async fn send(&mut self, session: SessionId, text: String) -> Answer {
        if text.trim().is_empty() {
            return Err(self.say("Nada para enviar.", "Nothing to send."));
        }
        let draft = Draft { client_id: self.client_id.clone(), text, ..Draft::default() };
        let message = desk::send(self.services, self.worker, session, draft).await?;
        let name = self.name_of(session).await?;
        Ok((format!("→ {name}"), json!({"session_id": session, "message": MessageView::from(&message)})))
    }

    async fn waiting_cards(&self) -> Result<Vec<Card>, Stop> {
        let ids = desk::waiting(self.services, self.worker).await?;
        let organization = self.worker.principal.organization;
        let cards = self
            .services
            .store
            .read("desk.waiting", move |db| Ok(conversations::with_customers(db, organization, &ids)?))
            .await?;
        Ok(cards.into_iter().filter(|(c, _)| matches!(c.status(), Status::Waiting | Status::Assigned)).collect())
    }

    async fn queue(&self) -> Answer {
        self.worker.principal.may(Permission::ViewConversations).map_err(DeskError::from)?;
        let waiting = self.waiting_cards().await?;
        let mut lines = Vec::new();
        lines.push(match (waiting.len(), self.lang) {
            (0, Lang::Pt) => "Ninguém esperando.".to_owned(),
            (0, Lang::En) => "Nobody is waiting.".to_owned(),
            (n, Lang::Pt) => format!("Esperando ({n}):"),
            (n, Lang::En) => format!("Waiting ({n}):"),
        });
        for (at, (conversation, contact)) in waiting.iter().take(LISTED).enumerate() {
            let session = &conversation.session;
            let offered = match session.status {
                Status::Assigned => self.lang.pick(", oferecida a você", ", offered to you"),
                _ => "",
            };
            let wait = self.waited(conversation);
            let last = excerpt(&session.last_message);
            lines.push(format!("{}. {} ({}, {wait}{offered}): {last}", at + 1, display(contact), session.channel));
        }
        if waiting.len() > LISTED {
            lines.push(format!("… +{}", waiting.len() - LISTED));
        }
        if !self.active.is_empty() {
            lines.push(String::new());
            lines.push(self.lang.pick("Suas conversas:", "Your conversations:").to_owned());
            lines.push(self.list_active());
        }
        let data = json!({
            "waiting": waiting.iter().take(LISTED).enumerate().map(|(at, (conversation, contact))| json!({
                "place": at + 1,
                "session_id": conversation.session.id,
                "name": display(contact),
                "channel": conversation.session.channel,
                "waiting_time_seconds": self.waited_since(conversation).as_secs(),
                "last_message": conversation.session.last_message,
            })).collect::<Vec<_>>(),
            "active": self.active.iter().enumerate().map(|(at, (conversation, contact))| json!({
                "number": at + 1,
                "session_id": conversation.session.id,
                "name": display(contact),
                "channel": conversation.session.channel,
                "status": conversation.session.status,
                "unread": conversation.session.unread,
                "last_message": conversation.session.last_message,
            })).collect::<Vec<_>>(),
        });
        Ok((lines.join("\n"), data))
    }

    async fn take(&mut self, which: Option<Which>) -> Answer {
        let taken = match which {
            None => {
                // Typed on the screen of one that waits, or quoting its notice: that one.
                let mut here = None;
                if let Some(given) = self.given
                    && let Ok(conversation) = desk::see(self.services, self.worker, given).await
                    && matches!(conversation.status(), Status::Waiting | Status::Assigned)
                {
                    here = Some(given);
                }
                desk::take(self.services, self.worker, here).await?
            }
            Some(which) => {
                let waiting = self.waiting_cards().await?;
                let session = self.pick_waiting(&waiting, which)?;
                desk::take(self.services, self.worker, Some(session)).await?
            }
        };
        let session = taken.session.id;
        self.set_focus(session);
        let card = self.card(session).await?.ok_or(DeskError::NotFound)?;
        let recent = self
            .services
            .store
            .read("desk.recent", move |db| Ok(conversations::page(db, session, None, None, RECENT, false)?.0))
            .await?;
        let mut text = match self.lang {
            Lang::Pt => format!("Você está com {}.\n", display(&card.1)),
            Lang::En => format!("You are now with {}.\n", display(&card.1)),
        };
        text.push_str(&self.context(&card));
        if !recent.is_empty() {
            text.push_str("\n\n");
            let lines: Vec<String> = recent.iter().map(|message| self.message_line(message)).collect();
            text.push_str(&lines.join("\n"));
        }
        let mut data = context_data(&card);
        data["messages"] = recent.iter().map(MessageView::from).map(|view| json!(view)).collect();
        Ok((text, data))
    }

    fn pick_waiting(&self, waiting: &[Card], which: Which) -> Result<SessionId, Stop> {
        match which {
            Which::Number(n) => {
                let card = usize::try_from(n).ok().and_then(|n| waiting.get(n.checked_sub(1)?));
                card.map(|(conversation, _)| conversation.session.id).ok_or_else(|| {
                    Stop::Say(match self.lang {
                        Lang::Pt => format!("Não há ninguém no lugar {n}. Veja /fila."),
                        Lang::En => format!("There is nobody at place {n}. See /queue."),
                    })
                })
            }
            Which::Name(name) => {
                let typed = words(&name);
                let called = |contact: &Contact| {
                    let own = words(&contact.name());
                    !typed.is_empty() && typed.iter().all(|word| own.iter().any(|o| o.starts_with(word.as_str())))
                };
                let found: Vec<&Card> = waiting.iter().filter(|(_, contact)| called(contact)).collect();
                match found.as_slice() {
                    [(conversation, _)] => Ok(conversation.session.id),
                    [] => {
                        let names: Vec<String> = waiting.iter().map(|(_, contact)| contact.name()).collect();
                        let close = nearest(names.iter().map(String::as_str), &name).join(", ");
                        Err(Stop::Say(match (close.is_empty(), self.lang) {
                            (true, Lang::Pt) => format!("Ninguém chamado \"{name}\" está esperando. Veja /fila."),
                            (true, Lang::En) => format!("Nobody called \"{name}\" is waiting. See /queue."),
                            (false, Lang::Pt) => format!("Ninguém chamado \"{name}\" está esperando. Seria {close}?"),
                            (false, Lang::En) => format!("Nobody called \"{name}\" is waiting. Perhaps {close}?"),
                        }))
                    }
                    several => {
                        let lines: Vec<String> = several
                            .iter()
                            .filter_map(|card| {
                                let place = waiting.iter().position(|other| other.0.session.id == card.0.session.id)?;
                                Some(format!("{}. {}", place + 1, display(&card.1)))
                            })
                            .collect();
                        let head = self.lang.pick("Qual deles? Use /pegar n:", "Which one? Use /take n:");
                        Err(Stop::Say(format!("{head}\n{}", lines.join("\n"))))
                    }
                }
            }
        }
    }

    async fn transfer(&mut self, rest: &str) -> Answer {
        let session = self.focused()?;
        #[derive(Clone, Copy, PartialEq)]
        enum To {
            Person(UserId),
            Queue(QueueId),
        }
        let configuration = &self.worker.configuration;
        let mut names: Vec<(To, &str)> = Vec::new();
        for user in configuration.users.values() {
            if user.is_active && user.role != Role::Viewer && user.id != self.worker.user.id {
                names.push((To::Person(user.id), &user.name));
                names.extend(user.aliases.0.iter().map(|alias| (To::Person(user.id), alias.as_str())));
                names.extend(user.external_id.iter().map(|id| (To::Person(user.id), id.as_str())));
            }
        }
        // An at sign means a person.
        if !rest.trim_start().starts_with('@') {
            let active = configuration.queues.iter().filter(|entry| entry.queue.is_active);
            names.extend(active.map(|entry| (To::Queue(entry.queue.id), entry.queue.name.as_str())));
        }
        let label = |to: &To| match to {
            To::Person(id) => configuration.users.get(id).map(|user| user.name.clone()).unwrap_or_default(),
            To::Queue(id) => configuration.queue(*id).map(|entry| entry.queue.name.clone()).unwrap_or_default(),
        };
        let (to, reason) = split_target(rest, &names).map_err(|meant| {
            let list = meant.iter().map(&label).collect::<Vec<_>>().join(", ");
            Stop::Say(match (meant.is_empty(), self.lang) {
                (true, Lang::Pt) => format!("Não conheço \"{rest}\". Diga o nome de uma pessoa ou de uma fila."),
                (true, Lang::En) => format!("I do not know \"{rest}\". Name a person or a queue."),
                (false, Lang::Pt) => format!("Quem? Pode ser: {list}."),
                (false, Lang::En) => format!("Who? It may be: {list}."),
            })
        })?;
        let target = match to {
            To::Person(id) => Target::Attendant(id.to_string()),
            To::Queue(id) => Target::Queue(id),
        };
        let reason = (!reason.is_empty()).then(|| reason.to_owned());
        let (name, label) = (self.name_of(session).await?, label(&to));
        desk::transfer(self.services, self.worker, session, target, reason).await?;
        let text = match self.lang {
            Lang::Pt => format!("A conversa de {name} foi passada para {label}."),
            Lang::En => format!("The conversation with {name} was handed to {label}."),
        };
        Ok((self.leave(session, text), json!({"session_id": session, "to": label})))
    }

    async fn canned(&mut self, name: &str) -> Answer {
        let may = self.worker.principal.may(Permission::UseCannedResponses);
        may.map_err(DeskError::from)?;
        let session = self.focused()?;
        let organization = self.worker.principal.organization;
        let all = self
            .services
            .store
            .read("canned.all", move |db| Ok(canned::store::of_organization(db, organization)?))
            .await?;
        let found = canned::pick(&all, name).map_err(|close| {
            let close = close.join(", ");
            Stop::Say(match (close.is_empty(), self.lang) {
                (true, Lang::Pt) => format!("Não há resposta pronta \"{name}\"."),
                (true, Lang::En) => format!("There is no canned response \"{name}\"."),
                (false, Lang::Pt) => format!("Não há resposta pronta \"{name}\". Seria {close}?"),
                (false, Lang::En) => format!("There is no canned response \"{name}\". Perhaps {close}?"),
            })
        })?;
        let (conversation, contact) = self.card(session).await?.ok_or(DeskError::NotFound)?;
        let queue = conversation.session.queue_id.and_then(|id| self.worker.configuration.queue(id));
        let (full, attendant) = (contact.name(), self.worker.user.name.clone());
        let first_own = attendant.split_whitespace().next().unwrap_or_default().to_owned();
        let (phone, email) = (contact.phone.clone().unwrap_or_default(), contact.email.clone().unwrap_or_default());
        let queue = queue.map(|entry| entry.queue.name.clone()).unwrap_or_default();
        let text = canned::fill(
            &found.text,
            &[
                ("name", contact.first_name.as_str()),
                ("nome", contact.first_name.as_str()),
                ("first_name", contact.first_name.as_str()),
                ("last_name", contact.last_name.as_str()),
                ("full_name", full.as_str()),
                ("phone", phone.as_str()),
                ("email", email.as_str()),
                ("attendant", first_own.as_str()),
                ("atendente", first_own.as_str()),
                ("attendant_name", attendant.as_str()),
                ("queue", queue.as_str()),
                ("fila", queue.as_str()),
                ("company", self.worker.configuration.organization.name.as_str()),
            ],
        );
        let (answer, data) = self.send(session, text.clone()).await?;
        Ok((format!("{answer}: {text}"), data))
    }

    /// The instant of a `/snooze`, by the clock of the conversation's queue, and how to say it.
    async fn due(&self, session: SessionId, when: commands::When) -> Result<(Timestamp, String), Stop> {
        let conversation = desk::see(self.services, self.worker, session).await?;
        let configuration = &self.worker.configuration;
        let queue = conversation.session.queue_id.and_then(|id| configuration.queue(id));
        let bot = configuration.bots.get(&conversation.session.bot_id);
        let known = queue.and_then(|entry| entry.hours.as_ref()).or(bot.and_then(|bot| bot.hours.as_ref()));
        let zone = bot.map_or(chrono_tz::America::Sao_Paulo, |bot| bot.settings.business_hours.timezone);
        let settings =
            HoursSettings { start: "09:00", end: "18:00", days: "mon-fri", timezone: zone.name(), holidays: &[] };
        let usual;
        let hours: &Hours = match known {
            Some(hours) => hours,
            None => {
                usual = Hours::from_settings(settings)
                    .map_err(|_| self.say("Prazo não entendido.", "Time not understood."))?;
                &usual
            }
        };
        let until = when.due(self.now, hours);
        let local = until.to_utc().with_timezone(&hours.zone());
        Ok((until, local.format(self.lang.pick("%d/%m às %H:%M", "%Y-%m-%d at %H:%M")).to_string()))
    }

    fn waited_since(&self, conversation: &Conversation) -> std::time::Duration {
        let since = conversation.handoff.as_ref().map_or(conversation.session.updated_at, |handoff| handoff.queued_at);
        self.now.since(since)
    }

    fn waited(&self, conversation: &Conversation) -> String {
        brief(self.waited_since(conversation))
    }

    fn message_line(&self, message: &Message) -> String {
        let who = match message.direction {
            Direction::In => message.sender_name.as_str(),
            Direction::Out => match message.sender_name.as_str() {
                "" => self.lang.pick("sistema", "system"),
                name => name,
            },
        };
        format!("{who}: {}", readable(message.kind, &message.text, self.lang))
    }

    /// Who the customer is, line by line; what is unknown is left out.
    fn context(&self, (conversation, contact): &Card) -> String {
        let (session, lang) = (&conversation.session, self.lang);
        let mut lines = Vec::new();
        let mut line = |pt: &str, en: &str, value: Option<String>| {
            if let Some(value) = value.filter(|value| !value.trim().is_empty()) {
                lines.push(format!("{}: {value}", lang.pick(pt, en)));
            }
        };
        line("Cliente", "Customer", Some(display(contact)));
        line("Telefone", "Phone", contact.phone.clone());
        line("E-mail", "E-mail", contact.email.clone());
        line("Categoria", "Tier", contact.tier.clone());
        line("Valor", "Value", contact.ltv.clone());
        line("Canal", "Channel", Some(session.channel.clone()));
        let queue = session.queue_id.and_then(|id| self.worker.configuration.queue(id));
        line("Fila", "Queue", queue.map(|entry| entry.queue.name.clone()));
        let handoff = conversation.handoff.as_ref();
        line("Motivo", "Reason", handoff.map(|handoff| handoff.reason.clone()));
        line("Assunto", "Subject", session.subject.clone());
        let priority = u8::try_from(session.priority).ok().and_then(Priority::from_level).unwrap_or_default();
        line("Prioridade", "Priority", (priority != Priority::Normal).then(|| priority.label(lang).to_owned()));
        let mut tags = session.tags.0.clone();
        tags.extend(contact.tags.0.iter().filter(|tag| !session.tags.0.contains(tag)).cloned());
        line("Etiquetas", "Tags", Some(tags.join(", ")));
        for (name, value) in contact.custom_fields.0.iter().take(10) {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            line(name, name, Some(excerpt(&value)));
        }
        lines.join("\n")
    }
}

fn context_data((conversation, contact): &Card) -> Value {
    let session = &conversation.session;
    json!({
        "session_id": session.id,
        "status": session.status,
        "customer": contact.brief(),
        "ltv": contact.ltv,
        "tags": session.tags.0,
        "contact_tags": contact.tags.0,
        "custom_fields": contact.custom_fields.0,
        "priority": session.priority,
        "transfer_reason": conversation.handoff.as_ref().map(|handoff| handoff.reason.clone()),
    })
}

/// The customer's name, or what they are reached by.
pub fn display(contact: &Contact) -> String {
    let name = contact.name();
    if !name.is_empty() {
        return name;
    }
    contact.phone.clone().or_else(|| contact.email.clone()).unwrap_or_else(|| "?".to_owned())
}

/// A message in one line for a chat: what is not text is named.
pub fn readable(kind: Kind, text: &str, lang: Lang) -> String {
    let label = match kind {
        Kind::Image => lang.pick("[imagem]", "[image]"),
        Kind::Audio | Kind::Voice => lang.pick("[áudio]", "[audio]"),
        Kind::Video => lang.pick("[vídeo]", "[video]"),
        Kind::Document => lang.pick("[documento]", "[document]"),
        Kind::Sticker => lang.pick("[figurinha]", "[sticker]"),
        Kind::Location => lang.pick("[localização]", "[location]"),
        Kind::ContactCard => lang.pick("[contato]", "[contact]"),
        Kind::Unsupported => lang.pick("[conteúdo não suportado]", "[unsupported content]"),
        _ => "",
    };
    format!("{label} {}", text.trim()).trim().to_owned()
}

fn excerpt(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(EXCERPT) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

/// `40 s`, `12 min`, `3 h 05`, `2 d`.
fn brief(duration: std::time::Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 => format!("{} h {:02}", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn waits_and_messages_read_shortly() {
        for (seconds, expected) in [(5, "5 s"), (65, "1 min"), (11_100, "3 h 05"), (200_000, "2 d")] {
            assert_eq!(brief(Duration::from_secs(seconds)), expected);
        }
        assert_eq!(readable(Kind::Image, " nota ", Lang::Pt), "[imagem] nota");
        assert_eq!(readable(Kind::Text, "oi", Lang::En), "oi");
        assert_eq!(excerpt("a\n b"), "a b");
        assert!(excerpt(&"á".repeat(200)).ends_with('…'));
    }
}
