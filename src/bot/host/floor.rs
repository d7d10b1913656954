//! Running the floor from a script: queues, attendants and conversations, through the live objects, never their rows.

use std::sync::Arc;

use serde_json::{Map, json};

use super::{Answer, Host, busy, done, error, not_found, refused, stored, value};
use crate::attendants::Status as Presence;
use crate::attendants::actor::{Claim, SetStatus, Unreserve};
use crate::attendants::messenger;
use crate::attendants::store::User;
use crate::basic::{ScriptError, Value};
use crate::catalog::Configuration;
use crate::channels::adapter::Address;
use crate::channels::delivery;
use crate::contacts::phone;
use crate::contacts::{identity, store as contacts};
use crate::conversations::actor::{Do, Send, Update, observe};
use crate::conversations::lifecycle::Command;
use crate::conversations::{Actor, Conversation, Session, Status, store as sessions};
use crate::ids::*;
use crate::queues::Priority;
use crate::queues::plan;
use crate::queues::routing::Destination;
use crate::store::events::{Audience, Event};
use crate::store::outbox;

/// Conversations that a script sees at once.
const MOST: i64 = 500;

/// `status=waiting channel=whatsapp`: what an item must be.
fn wanted(filter: Option<&str>) -> Vec<(String, String)> {
    let parts = filter.unwrap_or_default().split([' ', ',', ';', '&']).filter_map(|part| part.split_once('='));
    parts
        .map(|(name, value)| (name.trim().to_lowercase(), value.trim().trim_matches(['\'', '"']).to_lowercase()))
        .collect()
}

impl Host {
    pub(super) fn attendant<'c>(
        &self,
        configuration: &'c Configuration,
        text: &str,
    ) -> Result<&'c Arc<User>, ScriptError> {
        let by_name = || match plan::find_destination(text, configuration) {
            Some(Destination::Attendant(id)) => configuration.users.get(&id),
            _ => None,
        };
        let found = configuration.user_by_any_id(text).or_else(by_name).filter(|user| user.is_active);
        found.ok_or_else(|| not_found("esse atendente não existe", "there is no such attendant"))
    }

    /// A conversation of the organization; without a name, the one that asks.
    async fn conversation(&self, named: Option<&str>) -> Result<Conversation, ScriptError> {
        let missing = || not_found("essa conversa não existe", "there is no such conversation");
        let id = match named {
            Some(text) => text.parse::<SessionId>().map_err(|_| missing())?,
            None => self.session()?,
        };
        let conversation = observe(&self.services, id).await.map_err(refused)?;
        if conversation.session.organization_id == self.organization { Ok(conversation) } else { Err(missing()) }
    }

    async fn command(&self, named: Option<&str>, command: Command) -> Answer {
        let conversation = self.conversation(named).await?;
        let told = self.services.conversations().tell(conversation.session.id, Do(command)).await;
        told.map_err(|_| busy())?.map_err(refused)?;
        done()
    }

    fn shown(
        &self,
        configuration: &Configuration,
        session: &Session,
        names: &[(ContactId, String)],
    ) -> serde_json::Value {
        let queue = session.queue_id.and_then(|id| configuration.queue(id)).map(|entry| &entry.queue.name);
        let attendant = session.attendant_id.and_then(|id| configuration.users.get(&id)).map(|user| &user.name);
        let name = names.iter().find(|(id, _)| *id == session.contact_id).map(|(_, name)| name);
        json!({
            "session_id": session.id, "channel": session.channel, "status": session.status, "queue": queue,
            "attendant_id": session.attendant_id, "attendant": attendant, "priority": session.priority,
            "customer": name, "contact_id": session.contact_id, "tags": session.tags, "last_message": session.last_message,
            "idle_seconds": self.now().since(session.last_message_at).as_secs(),
        })
    }

    async fn open(&self, filter: Option<&str>) -> Result<Vec<serde_json::Value>, ScriptError> {
        let (organization, configuration) = (self.organization, self.configuration()?);
        let read = move |db: &mut crate::store::AnyConnection| {
            let open = sessions::open_of(db, organization, MOST)?;
            let mut names = Vec::with_capacity(open.len());
            for session in &open {
                if let Some(contact) = contacts::find(db, organization, session.contact_id)? {
                    names.push((contact.id, contact.name()));
                }
            }
            Ok((open, names))
        };
        let (open, names) = self.services.store.read("bot.queue", read).await.map_err(stored)?;
        let wanted = wanted(filter);
        let fits = |item: &serde_json::Value| {
            wanted.iter().all(|(name, value)| {
                item.get(name).is_some_and(|own| match own {
                    serde_json::Value::String(own) => own.to_lowercase() == *value,
                    other => serde_json::from_str(value).is_ok_and(|value: serde_json::Value| *other == value),
                })
            })
        };
        Ok(open.iter().map(|session| self.shown(&configuration, session, &names)).filter(fits).collect())
    }

    pub(super) async fn queue(&self, filter: Option<&str>) -> Answer {
        let items = self.open(filter).await?;
        let waiting = items.iter().filter(|item| item["status"] == "waiting").count();
        value(json!({"total": items.len(), "waiting": waiting, "items": items}))
    }

    /// In the order in which the queues serve.
    pub(super) async fn next_in_queue(&self, filter: Option<&str>) -> Answer {
        let (items, configuration) = (self.open(filter).await?, self.configuration()?);
        for entry in &configuration.queues {
            for session in &self.services.floor.queue(entry.queue.id).waiting {
                let id = session.to_string();
                if let Some(item) = items.iter().find(|item| item["session_id"] == id.as_str()) {
                    return value(item.clone());
                }
            }
        }
        Ok(Value::Null)
    }

    fn standing(&self, configuration: &Configuration, user: &User) -> serde_json::Value {
        let presence = self.services.floor.attendant(user.id);
        let status = presence.as_ref().map_or(Presence::Offline, |presence| presence.status);
        json!({
            "id": user.id, "name": user.name, "department": user.department, "status": status,
            "active": presence.as_ref().map_or(0, |presence| presence.active), "max": configuration.capacity_of(user.id),
            "idle_seconds": presence.map(|presence| self.now().since(presence.idle_since).as_secs()),
        })
    }

    /// Those who serve queues, by name.
    fn serving(&self, configuration: &Configuration) -> Vec<serde_json::Value> {
        let mut users: Vec<&Arc<User>> = configuration
            .users
            .values()
            .filter(|user| user.is_active && !configuration.queues_of(user.id).is_empty())
            .collect();
        users.sort_by(|a, b| a.name.cmp(&b.name));
        users.into_iter().map(|user| self.standing(configuration, user)).collect()
    }

    /// The least loaded of those online with room; of equals, who has rested longest.
    pub(super) fn next_attendant(&self) -> Answer {
        let configuration = self.configuration()?;
        let number = |item: &serde_json::Value, name: &str| item[name].as_u64().unwrap_or(0);
        let free = self
            .serving(&configuration)
            .into_iter()
            .filter(|item| item["status"] == "online" && number(item, "active") < number(item, "max"));
        let next = free.min_by_key(|item| (number(item, "active"), std::cmp::Reverse(number(item, "idle_seconds"))));
        value(json!(next))
    }

    pub(super) fn attendants(&self, status: Option<&str>) -> Answer {
        let mut all = self.serving(&*self.configuration()?);
        if let Some(status) = status {
            let status = presence(status)?;
            all.retain(|item| item["status"] == status.as_str());
        }
        value(json!(all))
    }

    pub(super) fn attendant_stats(&self, attendant: &str) -> Answer {
        let configuration = self.configuration()?;
        let user = self.attendant(&configuration, attendant)?;
        value(self.standing(&configuration, user))
    }

    pub(super) async fn set_attendant_status(&self, attendant: &str, status: &str) -> Answer {
        let (configuration, status) = (self.configuration()?, presence(status)?);
        let user = self.attendant(&configuration, attendant)?.id;
        let set = SetStatus { status, console: true };
        let now = self.services.attendants().tell(user, set).await.map_err(|_| busy())?.map_err(stored)?;
        Ok(Value::text(now.as_str()))
    }

    pub(super) async fn assign(&self, named: Option<&str>, attendant: &str) -> Answer {
        let (configuration, conversation) = (self.configuration()?, self.conversation(named).await?);
        let user = self.attendant(&configuration, attendant)?.id;
        let session = conversation.session.id;
        let claim = Claim { session, capacity: configuration.capacity_of(user) };
        if !self.services.attendants().tell(user, claim).await.map_err(|_| busy())? {
            return Err(error(
                "at_capacity",
                "o atendente já tem o máximo de conversas",
                "the attendant already has the maximum of conversations",
            ));
        }
        let command = Command::TransferToAttendant { by: Actor::System, to: user, reason: String::new() };
        let done = self.command(named, command).await;
        if done.is_err() {
            self.services.attendants().notify(user, Unreserve(session));
        }
        done
    }

    pub(super) async fn resolve(&self, named: Option<&str>, reason: Option<String>) -> Answer {
        let outcome = "resolved".to_owned();
        self.command(named, Command::Resolve { by: Actor::System, note: reason, outcome }).await
    }

    pub(super) async fn set_priority(&self, named: Option<&str>, priority: &str) -> Answer {
        let wrong = || error("wrong_argument", "prioridade desconhecida", "unknown priority");
        let priority = i64::from(Priority::parse(priority).ok_or_else(wrong)?.level());
        self.command(named, Command::SetPriority { by: Actor::System, priority }).await
    }

    pub(super) async fn tag(&self, named: Option<&str>, tag: String) -> Answer {
        let conversation = self.conversation(named).await?;
        let change = Update { add_tags: vec![tag.trim().to_owned()], ..Update::default() };
        let told = self.services.conversations().tell(conversation.session.id, change).await;
        told.map_err(|_| busy())?.map_err(refused)?;
        done()
    }

    pub(super) async fn note(&self, named: Option<&str>, text: String) -> Answer {
        let conversation = self.conversation(named).await?;
        let note = Send {
            by: Actor::Bot,
            client_id: Some(self.client_id(0)),
            text,
            attachments: Vec::new(),
            reply_to: None,
            private: true,
            template: None,
        };
        self.services
            .conversations()
            .tell(conversation.session.id, note)
            .await
            .map_err(|_| busy())?
            .map_err(refused)?;
        done()
    }

    /// Tells an attendant something: on their console, and on the messenger they work from.
    pub(super) async fn notify(&self, attendant: &str, text: String) -> Answer {
        let configuration = self.configuration()?;
        let user = self.attendant(&configuration, attendant)?.id;
        let session = self.session().ok();
        let notice = messenger::tell(&configuration, user, text.clone(), self.now());
        let body = json!({"code": "bot_notice", "text": text, "bot_id": self.bot, "session_id": session});
        let mut fields = Map::new();
        if let serde_json::Value::Object(body) = body {
            fields.extend(body);
        }
        let event = Event {
            organization_id: self.organization,
            kind: "system_alert",
            at: self.now(),
            audience: Audience::Conversation { queues: Vec::new(), attendants: vec![user] },
            body: fields,
        };
        let going_out = notice.clone();
        let write = move |tx: &mut crate::store::Tx<'_>| {
            tx.emit(event.clone());
            if let Some(row) = &going_out {
                outbox::insert(tx.db, row)?;
            }
            Ok(())
        };
        self.services.store.write("bot.notify", write).await.map_err(stored)?;
        if let Some(row) = notice {
            self.services.deliveries().notify(row.channel_id, delivery::Work(vec![row]));
        }
        done()
    }

    /// The conversations of a contact, the newest first: by id, phone or e-mail; of this one's without.
    pub(super) async fn history(&self, named: Option<String>) -> Answer {
        let (organization, configuration) = (self.organization, self.configuration()?);
        let own = if named.is_none() { Some(self.contact()?) } else { None };
        let read = move |db: &mut crate::store::AnyConnection| {
            let contact = match named.as_deref() {
                None => own,
                Some(text) => contact_named(db, organization, text)?,
            };
            let Some(contact) = contact else { return Ok(None) };
            let family = contacts::family(db, organization, contact)?;
            Ok(Some(contacts::sessions_of(db, organization, &family)?))
        };
        let found = self.services.store.read("bot.history", read).await.map_err(stored)?;
        let Some(found) = found else { return Ok(Value::Null) };
        let item = |session: &Session| {
            let mut item = self.shown(&configuration, session, &[]);
            item["created_at"] = json!(session.created_at);
            item["is_open"] = json!(session.status != Status::Bot && session.status.is_open());
            item
        };
        value(found.iter().map(item).collect())
    }
}

/// A contact by id, phone or e-mail.
pub(super) fn contact_named(
    db: &mut crate::store::AnyConnection,
    organization: OrganizationId,
    text: &str,
) -> Result<Option<ContactId>, crate::store::StoreError> {
    if let Ok(id) = text.parse::<ContactId>() {
        return Ok(contacts::find(db, organization, id)?.map(|contact| contact.id));
    }
    let mut known = Vec::new();
    if let Some(phone) = phone::normalise(text, "BR") {
        known.push(Address { kind: "phone".to_owned(), value: phone.as_str().to_owned() });
    }
    if let Some(email) = identity::normal_email(text) {
        known.push(Address { kind: "email".to_owned(), value: email });
    }
    Ok(contacts::by_address(db, organization, &known)?)
}

fn presence(text: &str) -> Result<Presence, ScriptError> {
    Presence::parse(text).ok_or_else(|| error("wrong_argument", "situação desconhecida", "unknown status"))
}
