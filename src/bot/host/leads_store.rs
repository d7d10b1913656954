//! The table `leads` of scripts: who the organization's contacts are as possible sales.

use diesel::prelude::*;
use serde_json::{Map, Value as JsonValue, json};

use super::filter_store::{Column, Condition, condition};
use super::floor::contact_named;
use super::store::{MOST, Place};
use super::{Host, error, not_found};
use crate::audit::store as audit;
use crate::basic::ScriptError;
use crate::basic::request::Which;
use crate::clock::Timestamp;
use crate::contacts::store::{self as people, Contact, Traits};
use crate::ids::*;
use crate::leads::store::{self as rows, Lead, PERSON};
use crate::leads::{BEST, LeadStage, LeadStatus, Origin, SCRIPT};
use crate::store::schema::{contacts, leads};
use crate::store::{AnyConnection, StoreError, Tx};
use crate::text::fold;

/// A lead together with its contact.
type Joined =
    diesel::dsl::InnerJoinQuerySource<leads::table, contacts::table, diesel::dsl::Eq<contacts::id, leads::contact_id>>;

/// What names the contact of a lead: their id, phone or e-mail.
pub(super) const KEY: &str = "contact_id";
/// What a new lead tells of its contact.
const OF_CONTACT: [&str; 8] = ["name", "nome", "first_name", "last_name", "email", "phone", "telefone", "tier"];

fn column(name: &str) -> Result<Column<Joined>, ScriptError> {
    Ok(match name {
        "id" => Column::Id(Box::new(leads::id.nullable())),
        "contact_id" => Column::Id(Box::new(leads::contact_id.nullable())),
        "owner_id" => Column::Id(Box::new(leads::owner_id)),
        "status" => Column::Text(Box::new(leads::status.nullable())),
        "stage" => Column::Text(Box::new(leads::stage.nullable())),
        "source" => Column::Text(Box::new(leads::source.nullable())),
        "campaign" => Column::Text(Box::new(leads::campaign)),
        "score" => Column::Whole(Box::new(leads::score.nullable())),
        "created_at" => Column::Moment(Box::new(leads::created_at.nullable())),
        "updated_at" => Column::Moment(Box::new(leads::updated_at.nullable())),
        "name" | "nome" => Column::Text(Box::new(contacts::search.nullable())),
        "first_name" => Column::Text(Box::new(contacts::first_name.nullable())),
        "last_name" => Column::Text(Box::new(contacts::last_name.nullable())),
        "email" => Column::Text(Box::new(contacts::email)),
        "phone" | "telefone" => Column::Text(Box::new(contacts::phone)),
        "tier" => Column::Text(Box::new(contacts::tier)),
        _ => return Err(no_field("wrong_filter", name)),
    })
}

fn no_field(code: &'static str, name: &str) -> ScriptError {
    error(code, &format!("leads não têm o campo {name}"), &format!("leads have no field {name}"))
}

/// A lead as scripts see it.
pub fn lead_shown(lead: &Lead, person: &Traits) -> JsonValue {
    json!({
        "id": lead.id, "contact_id": lead.contact_id,
        "name": format!("{} {}", person.first_name, person.last_name).trim(), "phone": person.phone, "email": person.email,
        "status": lead.status, "score": lead.score, "reasons": lead.reasons, "stage": lead.stage, "source": lead.source,
        "campaign": lead.campaign, "utm": lead.utm, "ad": lead.ad, "owner_id": lead.owner_id,
        "created_at": lead.created_at, "updated_at": lead.updated_at,
    })
}

/// Puts a script's fields into a lead.
fn fill(lead: &mut Lead, row: &Map<String, JsonValue>, owner: Option<Option<UserId>>) -> Result<(), ScriptError> {
    let reason = row.get("reason").and_then(JsonValue::as_str).filter(|reason| !reason.is_empty());
    for (name, given) in row {
        let text = match given {
            JsonValue::String(text) => fold(text.trim()).replace(' ', "_"), // `Em atendimento`, `conversão`
            JsonValue::Null => String::new(),
            other => other.to_string(),
        };
        let wrong = || {
            let (pt, en) = (format!("{name} não vale: {text}"), format!("not a valid {name}: {text}"));
            error("wrong_argument", &pt, &en)
        };
        match name.as_str() {
            "status" => lead.status = LeadStatus::parse(&text).ok_or_else(wrong)?,
            "stage" => lead.stage = LeadStage::parse(&text).ok_or_else(wrong)?,
            "score" => {
                let score =
                    text.parse::<f64>().ok().filter(|score| (0.0..=BEST as f64).contains(score)).ok_or_else(wrong)?;
                lead.rate(score.round() as i64, reason.unwrap_or(SCRIPT));
            }
            "campaign" => {
                lead.campaign = given.as_str().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
            }
            "owner_id" => lead.owner_id = owner.flatten(),
            "reason" | KEY => {}
            _ => return Err(no_field("wrong_argument", name)),
        }
    }
    Ok(())
}

impl Host {
    pub(super) fn leads(
        &self,
        db: &mut AnyConnection,
        which: &Which,
        limit: i64,
    ) -> Result<Result<Vec<(Lead, Traits)>, ScriptError>, StoreError> {
        let meant: Result<Condition<Joined>, ScriptError> = match which {
            Which::Id(text) => {
                // A lead's id, or what names its contact.
                let lead = text.parse().unwrap_or(LeadId(uuid::Uuid::nil()));
                let contact = contact_named(db, self.organization, text)?.unwrap_or(ContactId(uuid::Uuid::nil()));
                Ok(Box::new(leads::id.eq(lead).or(leads::contact_id.eq(contact)).nullable()))
            }
            Which::Filter(filter) => condition(filter, &column),
        };
        let meant = match meant {
            Ok(meant) => meant,
            Err(error) => return Ok(Err(error)),
        };
        let found = leads::table
            .inner_join(contacts::table.on(contacts::id.eq(leads::contact_id)))
            .filter(leads::organization_id.eq(self.organization))
            .filter(meant)
            .order(leads::id)
            .limit(limit)
            .select((leads::all_columns, PERSON))
            .load(db)?;
        Ok(Ok(found))
    }

    /// Who is to own a lead, when a row says so: an attendant by id, name or alias; nobody by null.
    fn owner(&self, row: &Map<String, JsonValue>) -> Result<Option<Option<UserId>>, ScriptError> {
        match row.get("owner_id") {
            None => Ok(None),
            Some(JsonValue::String(name)) if !name.trim().is_empty() => {
                Ok(Some(Some(self.attendant(self.configuration()?.as_ref(), name)?.id)))
            }
            Some(_) => Ok(Some(None)),
        }
    }

    pub(super) fn change_leads(
        &self,
        tx: &mut Tx<'_>,
        which: &Which,
        change: &Map<String, JsonValue>,
    ) -> Result<Result<usize, ScriptError>, StoreError> {
        let found = match (self.owner(change), self.leads(tx.db, which, MOST)?) {
            (Ok(owner), Ok(found)) => (owner, found),
            (Err(error), _) | (_, Err(error)) => return Ok(Err(error)),
        };
        let (owner, found) = found;
        let count = found.len();
        for (mut lead, _) in found {
            if let Err(error) = fill(&mut lead, change, owner) {
                return Ok(Err(error));
            }
            self.keep_lead(tx, &mut lead, self.now())?;
        }
        Ok(Ok(count))
    }

    fn keep_lead(&self, tx: &mut Tx<'_>, lead: &mut Lead, now: Timestamp) -> Result<(), StoreError> {
        lead.version += 1;
        lead.updated_at = now;
        if rows::update(tx.db, lead)? == 0 {
            return Err(StoreError::Stale);
        }
        tx.caused_by_script(self.depth + 1);
        audit::tell(tx, &lead.line("lead.update", now));
        Ok(())
    }

    /// Makes a lead, and its contact where nobody has that phone or e-mail; of a contact who has one, changes it. Without
    /// any of them it is the customer's who writes.
    pub(super) fn insert_lead(
        &self,
        tx: &mut Tx<'_>,
        row: &Map<String, JsonValue>,
    ) -> Result<Result<JsonValue, ScriptError>, StoreError> {
        let now = self.now();
        let (person, mut own): (Map<_, _>, Map<_, _>) =
            row.clone().into_iter().partition(|(name, _)| OF_CONTACT.contains(&name.as_str()));
        let source = own.remove("source").and_then(|source| source.as_str().map(str::to_owned));
        let owner = match self.owner(&own) {
            Ok(owner) => owner,
            Err(error) => return Ok(Err(error)),
        };
        // What is wrong with a lead is found before its contact is made.
        let nobody = Contact::blank(self.organization, "bot", now);
        if let Err(error) = fill(&mut Lead::new(&nobody, "bot", &Origin::default(), now), &own, owner) {
            return Ok(Err(error));
        }
        let contact = match self.contact_of(tx, &own, &person)? {
            Ok(contact) => contact,
            Err(error) => return Ok(Err(error)),
        };
        let known = rows::of_contact(tx.db, self.organization, contact.id)?;
        let mut lead = known.clone().unwrap_or_else(|| {
            Lead::new(&contact, source.as_deref().unwrap_or(&contact.source), &Origin::default(), now)
        });
        if let Err(error) = fill(&mut lead, &own, owner) {
            return Ok(Err(error));
        }
        match known {
            Some(_) => self.keep_lead(tx, &mut lead, now)?,
            None => {
                rows::insert(tx.db, &lead)?;
                tx.caused_by_script(self.depth + 1);
                audit::tell(tx, &lead.line("lead.create", now));
            }
        }
        Ok(Ok(lead_shown(&lead, &contact.traits())))
    }

    fn contact_of(
        &self,
        tx: &mut Tx<'_>,
        own: &Map<String, JsonValue>,
        person: &Map<String, JsonValue>,
    ) -> Result<Result<Contact, ScriptError>, StoreError> {
        let missing = || not_found("esse contato não existe", "there is no such contact");
        let named = own.get(KEY).and_then(JsonValue::as_str);
        let tells_who = ["email", "phone", "telefone"].iter().any(|name| person.contains_key(*name));
        let id = match (named, &self.asking) {
            (Some(text), _) => contact_named(tx.db, self.organization, text)?,
            (None, _) if tells_who => match self.insert(tx, &Place::Contacts, person)? {
                Ok(shown) => shown["id"].as_str().and_then(|id| id.parse().ok()),
                Err(error) => return Ok(Err(error)),
            },
            (None, Some((_, contact, _))) => Some(*contact),
            (None, None) => {
                let (pt, en) =
                    ("de quem é o lead? diga contact_id, phone ou email", "whose lead? say contact_id, phone or email");
                return Ok(Err(error("wrong_argument", pt, en)));
            }
        };
        let Some(id) = id else { return Ok(Err(missing())) };
        Ok(people::find_any(tx.db, id)?
            .filter(|contact| contact.organization_id == self.organization)
            .ok_or_else(missing))
    }
}
