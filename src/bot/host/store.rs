//! Tables of scripts: `contacts`, `leads` (`leads_store.rs`), and those that the bot's own scripts declare. Filters become
//! Diesel expressions (`filter_store.rs`) or are held against rows here; no text of a script becomes SQL.

use std::sync::Arc;

use diesel::prelude::*;
use serde_json::{Map, Value as JsonValue, json};

use super::filter_store::{Column, condition};
use super::floor::contact_named;
use super::leads_store::{self, lead_shown};
use super::{Answer, Host, error, stored, value};
use crate::audit::{Line, store as audit};
use crate::basic::filter::Filter;
use crate::basic::program::{RowChange, Table, Trigger};
use crate::basic::request::{Which, passes};
use crate::basic::{ScriptError, Value};
use crate::bot::runs::store as runs;
use crate::bot::runs::{Cause, Signal, triggers};
use crate::catalog::BotEntry;
use crate::channels::adapter::Address;
use crate::clock::Timestamp;
use crate::contacts::store::{self as people, Contact};
use crate::contacts::{identity, phone};
use crate::ids::*;
use crate::store::schema::{bot_rows, contacts};
use crate::store::sql::Json;
use crate::store::{AnyConnection, StoreError, Tx};

/// Rows of one answer.
pub(super) const MOST: i64 = 1_000;
/// Rows of one of the bot's own tables.
const ROWS: i64 = 10_000;
/// Bytes of one row.
const ROW: usize = 64 * 1024;

/// Where rows live.
#[derive(Clone)]
pub(super) enum Place {
    Contacts,
    Leads,
    Own(Table),
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = bot_rows)]
struct Row {
    id: RecordId,
    organization_id: OrganizationId,
    bot_id: BotId,
    name: String,
    data: Json<Map<String, JsonValue>>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl Row {
    fn shown(&self) -> JsonValue {
        let mut shown = self.data.0.clone();
        shown.insert("id".to_owned(), json!(self.id));
        shown.insert("created_at".to_owned(), json!(self.created_at));
        JsonValue::Object(shown)
    }
}

impl Host {
    fn place(&self, table: &str) -> Result<Place, ScriptError> {
        if triggers::is_contacts(table) {
            return Ok(Place::Contacts);
        }
        let configuration = self.configuration()?;
        let scripts = configuration.bots.get(&self.bot).map_or(&[][..], |entry| &entry.scripts);
        let declared = scripts
            .iter()
            .flat_map(|script| &script.program.header.tables)
            .find(|declared| declared.name.eq_ignore_ascii_case(table))
            .cloned();
        // A table that a bot calls so was there first.
        let leads = triggers::is_leads(table).then_some(Place::Leads);
        declared.map(Place::Own).or(leads).ok_or_else(|| {
            let pt = format!("a tabela {table} não existe; declare com TABLE {table} ... END TABLE");
            let en = format!("there is no table {table}; declare it with TABLE {table} ... END TABLE");
            error("unknown_table", &pt, &en)
        })
    }

    async fn rows(&self, place: Place, which: Which, limit: i64) -> Result<Vec<JsonValue>, ScriptError> {
        let host = self.clone();
        let read = move |db: &mut AnyConnection| host.select(db, &place, &which, limit);
        self.services.store.read("bot.find", read).await.map_err(stored)?
    }

    /// The rows meant, as scripts see them. The outer error is the database's, the inner one the script's.
    fn select(
        &self,
        db: &mut AnyConnection,
        place: &Place,
        which: &Which,
        limit: i64,
    ) -> Result<Result<Vec<JsonValue>, ScriptError>, StoreError> {
        Ok(match place {
            Place::Contacts => match self.contacts(db, which, limit)? {
                Ok(found) => Ok(found.iter().map(contact_shown).collect()),
                Err(error) => Err(error),
            },
            Place::Leads => match self.leads(db, which, limit)? {
                Ok(found) => Ok(found.iter().map(|(lead, person)| lead_shown(lead, person)).collect()),
                Err(error) => Err(error),
            },
            Place::Own(table) => Ok(self.own(db, table, which, limit)?.iter().map(Row::shown).collect()),
        })
    }

    fn contacts(
        &self,
        db: &mut AnyConnection,
        which: &Which,
        limit: i64,
    ) -> Result<Result<Vec<Contact>, ScriptError>, StoreError> {
        let filter = match which {
            Which::Id(text) => {
                let id = contact_named(db, self.organization, text)?;
                let found = match id {
                    Some(id) => people::find(db, self.organization, id)?,
                    None => None,
                };
                return Ok(Ok(found.into_iter().collect()));
            }
            Which::Filter(filter) => filter,
        };
        let condition = match condition(filter, &column) {
            Ok(condition) => condition,
            Err(error) => return Ok(Err(error)),
        };
        let found = contacts::table
            .filter(contacts::organization_id.eq(self.organization))
            .filter(contacts::merged_into.is_null())
            .filter(condition)
            .order(contacts::id)
            .limit(limit)
            .select(contacts::all_columns)
            .load(db)?;
        Ok(Ok(found))
    }

    fn own(&self, db: &mut AnyConnection, table: &Table, which: &Which, limit: i64) -> Result<Vec<Row>, StoreError> {
        let all = bot_rows::table
            .filter(bot_rows::organization_id.eq(self.organization))
            .filter(bot_rows::bot_id.eq(self.bot))
            .filter(bot_rows::name.eq(table.name.to_lowercase()))
            .order(bot_rows::id)
            .limit(ROWS)
            .select(bot_rows::all_columns);
        let fits = |row: &Row| match which {
            Which::Id(id) => row.id.to_string() == *id || key_of(table, row).is_some_and(|key| key == *id),
            Which::Filter(filter) => Value::from_json(row.shown()).is_ok_and(|shown| passes(filter, &shown)),
        };
        let rows: Vec<Row> = all.load(db)?;
        Ok(rows.into_iter().filter(fits).take(usize::try_from(limit).unwrap_or(0)).collect())
    }

    pub(super) async fn find(&self, table: String, filter: Filter, limit: Option<u32>) -> Answer {
        let limit = limit.map_or(MOST, i64::from).min(MOST);
        value(self.rows(self.place(&table)?, Which::Filter(filter), limit).await?.into())
    }

    pub(super) async fn first(&self, table: String, filter: Filter) -> Answer {
        value(json!(self.rows(self.place(&table)?, Which::Filter(filter), 1).await?.first()))
    }

    pub(super) async fn create(&self, table: String, row: Value) -> Answer {
        let (place, row) = (self.place(&table)?, fields(&row)?);
        let host = self.clone();
        let write = move |tx: &mut Tx<'_>| host.insert(tx, &place, &row);
        let created = self.services.store.write("bot.create", write).await.map_err(stored)??;
        self.changed();
        value(created)
    }

    /// The values in the order of the table's columns.
    pub(super) async fn save(&self, table: String, values: Vec<Value>) -> Answer {
        let Place::Own(declared) = self.place(&table)? else {
            return Err(error("wrong_argument", "diga os nomes dos campos", "say the names of the fields"));
        };
        if values.len() > declared.columns.len() {
            return Err(error("wrong_argument", "há mais valores que colunas", "there are more values than columns"));
        }
        let named = declared.columns.iter().zip(values).map(|(column, value)| (column.name.as_str().into(), value));
        let row = Value::map(named)?;
        self.create(table, row).await
    }

    /// How many rows changed.
    pub(super) async fn update(&self, table: String, which: Which, row: Value) -> Answer {
        let (place, row) = (self.place(&table)?, fields(&row)?);
        let host = self.clone();
        let write = move |tx: &mut Tx<'_>| host.change(tx, &place, &which, &row);
        let count = self.services.store.write("bot.update", write).await.map_err(stored)??;
        self.changed();
        Ok(Value::count(count))
    }

    /// Updates what is there, or adds it.
    pub(super) async fn merge(&self, table: String, which: Which, row: Value) -> Answer {
        let (place, mut row) = (self.place(&table)?, fields(&row)?);
        if let Which::Id(id) = &which {
            let key = match &place {
                Place::Contacts => None,
                Place::Leads => Some(leads_store::KEY.to_owned()),
                Place::Own(table) => {
                    table.columns.iter().find(|column| column.key).map(|column| column.name.to_lowercase())
                }
            };
            if let Some(key) = key {
                row.entry(key).or_insert_with(|| id.clone().into());
            }
        }
        let host = self.clone();
        let write = move |tx: &mut Tx<'_>| match host.change(tx, &place, &which, &row)? {
            Ok(0) => host.insert(tx, &place, &row),
            Ok(_) => Ok(host.select(tx.db, &place, &which, 1)?.map(|rows| json!(rows.first()))),
            Err(error) => Ok(Err(error)),
        };
        let merged = self.services.store.write("bot.merge", write).await.map_err(stored)??;
        self.changed();
        value(merged)
    }

    /// How many rows went. Contacts and leads stay: their history hangs on them.
    pub(super) async fn delete(&self, table: String, which: Which) -> Answer {
        let Place::Own(table) = self.place(&table)? else {
            let (pt, en) =
                ("contatos e leads não são apagados por scripts", "scripts delete neither contacts nor leads");
            return Err(error("refused", pt, en));
        };
        if matches!(&which, Which::Filter(filter) if filter.is_everything()) {
            return Err(error("wrong_filter", "falta dizer quais linhas apagar", "say which rows to delete"));
        }
        let host = self.clone();
        let write = move |tx: &mut Tx<'_>| {
            let rows = host.own(tx.db, &table, &which, ROWS)?;
            for row in &rows {
                diesel::delete(bot_rows::table.find(row.id)).execute(tx.db)?;
                host.tell(tx, RowChange::Delete, row)?;
            }
            Ok(rows.len())
        };
        let count = self.services.store.write("bot.delete", write).await.map_err(stored)?;
        self.changed();
        Ok(Value::count(count))
    }

    /// The bot, when one of its scripts listens to changes of its own tables.
    fn listener(&self) -> Option<Arc<BotEntry>> {
        let configuration = self.services.catalog.organization(self.organization)?;
        let entry = configuration.bots.get(&self.bot)?;
        let of_rows = |trigger: &Trigger| matches!(trigger, Trigger::Row { .. });
        let listens = entry.scripts.iter().any(|script| script.program.header.triggers.iter().any(of_rows));
        listens.then(|| entry.clone())
    }

    /// Begins what listens to the change, in its transaction.
    fn tell(&self, tx: &mut Tx<'_>, change: RowChange, row: &Row) -> Result<(), StoreError> {
        let Some(entry) = self.listener() else { return Ok(()) };
        let signal = Signal::new(Cause::Row, &triggers::row_name(change, &row.name), &row.shown())
            .with("table", json!(row.name))
            .after(self.depth + 1);
        runs::begin(tx, &entry, &signal, self.now())?;
        Ok(())
    }

    /// Rows may have begun scripts.
    fn changed(&self) {
        if self.listener().is_some() {
            self.services.look_at_runs();
        }
    }

    pub(super) fn insert(
        &self,
        tx: &mut Tx<'_>,
        place: &Place,
        row: &Map<String, JsonValue>,
    ) -> Result<Result<JsonValue, ScriptError>, StoreError> {
        let now = self.now();
        match place {
            Place::Contacts => {
                let mut contact = Contact::blank(self.organization, "bot", now);
                if let Err(error) = fill(&mut contact, row) {
                    return Ok(Err(error));
                }
                // Somebody known by that phone or e-mail is not made twice.
                let known = addresses(&contact);
                if let Some(id) = people::by_address(tx.db, self.organization, &known)?
                    && let Some(mut known) = people::find(tx.db, self.organization, id)?
                {
                    if let Err(error) = fill(&mut known, row) {
                        return Ok(Err(error));
                    }
                    self.keep(tx, &mut known, now)?;
                    return Ok(Ok(contact_shown(&known)));
                }
                people::insert(tx.db, &contact)?;
                people::add_addresses(tx.db, self.organization, contact.id, &known, now)?;
                self.tell_contact(tx, "contact.create", contact.id, now);
                Ok(Ok(contact_shown(&contact)))
            }
            Place::Leads => self.insert_lead(tx, row),
            Place::Own(table) => {
                let missing = table.columns.iter().find(|column| {
                    column.required && row.get(&column.name.to_lowercase()).is_none_or(JsonValue::is_null)
                });
                if let Some(column) = missing {
                    let pt = format!("falta o campo {}", column.name);
                    let en = format!("the field {} is missing", column.name);
                    return Ok(Err(error("wrong_argument", &pt, &en)));
                }
                let name = table.name.to_lowercase();
                let held: i64 = bot_rows::table
                    .filter(bot_rows::bot_id.eq(self.bot))
                    .filter(bot_rows::name.eq(&name))
                    .count()
                    .get_result(tx.db)?;
                if held >= ROWS {
                    return Ok(Err(error("table_full", "a tabela está cheia", "the table is full")));
                }
                let row = Row {
                    id: RecordId::new(),
                    organization_id: self.organization,
                    bot_id: self.bot,
                    name,
                    data: Json(row.clone()),
                    created_at: now,
                    updated_at: now,
                };
                diesel::insert_into(bot_rows::table).values(&row).execute(tx.db)?;
                self.tell(tx, RowChange::Insert, &row)?;
                Ok(Ok(row.shown()))
            }
        }
    }

    fn change(
        &self,
        tx: &mut Tx<'_>,
        place: &Place,
        which: &Which,
        change: &Map<String, JsonValue>,
    ) -> Result<Result<usize, ScriptError>, StoreError> {
        let now = self.now();
        match place {
            Place::Contacts => {
                let found = match self.contacts(tx.db, which, MOST)? {
                    Ok(found) => found,
                    Err(error) => return Ok(Err(error)),
                };
                let count = found.len();
                for mut contact in found {
                    if let Err(error) = fill(&mut contact, change) {
                        return Ok(Err(error));
                    }
                    self.keep(tx, &mut contact, now)?;
                }
                Ok(Ok(count))
            }
            Place::Leads => self.change_leads(tx, which, change),
            Place::Own(table) => {
                let found = self.own(tx.db, table, which, ROWS)?;
                let count = found.len();
                for mut row in found {
                    row.data.0.extend(change.clone());
                    row.updated_at = now;
                    diesel::update(bot_rows::table.find(row.id))
                        .set((bot_rows::data.eq(&row.data), bot_rows::updated_at.eq(now)))
                        .execute(tx.db)?;
                    self.tell(tx, RowChange::Update, &row)?;
                }
                Ok(Ok(count))
            }
        }
    }

    fn keep(&self, tx: &mut Tx<'_>, contact: &mut Contact, now: Timestamp) -> Result<(), StoreError> {
        contact.version += 1;
        contact.updated_at = now;
        people::update(tx.db, contact)?;
        people::add_addresses(tx.db, self.organization, contact.id, &addresses(contact), now)?;
        self.tell_contact(tx, "contact.update", contact.id, now);
        Ok(())
    }

    fn tell_contact(&self, tx: &mut Tx<'_>, action: &str, contact: ContactId, now: Timestamp) {
        tx.caused_by_script(self.depth + 1);
        audit::tell(tx, &Line::new(self.organization, now, action, "contact").about(contact));
    }
}

/// The value of the table's key, as text.
fn key_of(table: &Table, row: &Row) -> Option<String> {
    let key = table.columns.iter().find(|column| column.key)?;
    Some(match row.data.0.get(&key.name.to_lowercase())? {
        JsonValue::String(text) => text.clone(),
        other => other.to_string(),
    })
}

/// A row as given, names in lower case.
fn fields(row: &Value) -> Result<Map<String, JsonValue>, ScriptError> {
    let JsonValue::Object(given) = row.to_json() else {
        return Err(error("type_mismatch", "a linha precisa ser um mapa", "the row must be a map"));
    };
    let fields: Map<_, _> = given.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect();
    if JsonValue::Object(fields.clone()).to_string().len() > ROW {
        return Err(error("too_large", "a linha é grande demais", "the row is too large"));
    }
    Ok(fields)
}

fn addresses(contact: &Contact) -> Vec<Address> {
    let of = |kind: &str, value: &Option<String>| {
        value.as_ref().map(|value| Address { kind: kind.to_owned(), value: value.clone() })
    };
    of("phone", &contact.phone).into_iter().chain(of("email", &contact.email)).collect()
}

/// A contact as scripts see it.
pub fn contact_shown(contact: &Contact) -> JsonValue {
    let mut shown: Map<String, JsonValue> = contact.custom_fields.0.clone().into_iter().collect();
    let own = json!({
        "id": contact.id, "name": contact.name(), "first_name": contact.first_name, "last_name": contact.last_name,
        "email": contact.email, "phone": contact.phone, "tier": contact.tier, "source": contact.source,
        "tags": contact.tags, "created_at": contact.created_at,
    });
    if let JsonValue::Object(own) = own {
        shown.extend(own);
    }
    JsonValue::Object(shown)
}

/// Puts fields into a contact; those it has no column for are its own fields.
fn fill(contact: &mut Contact, row: &Map<String, JsonValue>) -> Result<(), ScriptError> {
    for (name, given) in row {
        let text = match given {
            JsonValue::String(text) => text.trim().to_owned(),
            JsonValue::Null => String::new(),
            other => other.to_string(),
        };
        let wrong = |what: &str| {
            let (pt, en) = (format!("{what} não vale: {text}"), format!("not a valid {what}: {text}"));
            error("wrong_argument", &pt, &en)
        };
        match name.as_str() {
            "name" | "nome" => (contact.first_name, contact.last_name) = identity::split_name(&text),
            "first_name" => contact.first_name = text,
            "last_name" => contact.last_name = text,
            "email" if text.is_empty() => contact.email = None,
            "email" => contact.email = Some(identity::normal_email(&text).ok_or_else(|| wrong("email"))?),
            "phone" | "telefone" if text.is_empty() => contact.phone = None,
            "phone" | "telefone" => {
                let phone = phone::normalise(&text, "BR").ok_or_else(|| wrong("phone"))?;
                contact.phone = Some(phone.as_str().to_owned());
            }
            "tier" => contact.tier = Some(text).filter(|text| !text.is_empty()),
            "source" => contact.source = text,
            "id" | "tags" | "created_at" => {}
            _ => {
                contact.custom_fields.0.insert(name.clone(), given.clone());
            }
        }
    }
    contact.index();
    Ok(())
}

/// The columns of contacts that a filter may name.
fn column(name: &str) -> Result<Column<contacts::table>, ScriptError> {
    Ok(match name {
        "first_name" => Column::Text(Box::new(contacts::first_name.nullable())),
        "last_name" => Column::Text(Box::new(contacts::last_name.nullable())),
        "name" | "nome" => Column::Text(Box::new(contacts::search.nullable())),
        "email" => Column::Text(Box::new(contacts::email)),
        "phone" | "telefone" => Column::Text(Box::new(contacts::phone)),
        "tier" => Column::Text(Box::new(contacts::tier)),
        "source" => Column::Text(Box::new(contacts::source.nullable())),
        _ => {
            let (pt, en) = (format!("contatos não têm o campo {name}"), format!("contacts have no field {name}"));
            return Err(error("wrong_filter", &pt, &en));
        }
    })
}
