//! The world as it might be, for a script that is tried out: facts, rows and answers as given, stand-ins for the rest.
//! Pure; no real data is read or touched. Called by the editor's "try it", the dialogues and the chat of the command line.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::runs::triggers;
use super::understand::{Intents, sentiment};
use crate::basic::diagnostics::Message;
use crate::basic::keywords::TABLE;
use crate::basic::program::Table;
use crate::basic::request::{Method, Scope, Which, passes};
use crate::basic::{Request, ScriptError, Value};
use crate::lang::Lang;

type Row = Map<String, Json>;

/// See the file's opening.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct World {
    /// What is known of the conversation, by the names that scripts use; its own variables among them.
    pub session: Map<String, Json>,
    pub memory: BTreeMap<String, Json>,
    /// Variables that a script which runs by itself begins with.
    pub inputs: BTreeMap<String, Json>,
    /// By table.
    rows: BTreeMap<String, Vec<Row>>,
    /// Those that the bot's scripts declare.
    pub tables: Vec<Table>,
    /// What is asked for and not given is refused, where a stand-in might hide that something was forgotten.
    strict: bool,
    answers: Vec<Answer>,
    /// Rows made so far.
    made: usize,
}

/// Requests by their statement and words that all stand in them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pattern {
    /// As [`statement`] names it.
    pub statement: String,
    pub words: Vec<String>,
}

/// What a request is answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    pub to: Pattern,
    /// Or the code of an error.
    pub result: Result<Json, String>,
}

impl Pattern {
    pub fn fits(&self, request: &Request) -> bool {
        let said = arguments(request);
        statement(request) == self.statement && self.words.iter().all(|word| said.contains(word.as_str()))
    }
}

impl World {
    /// Of a bot whose scripts declare these tables.
    pub fn with(tables: Vec<Table>) -> Self {
        World { tables, ..World::default() }
    }

    /// Refuses what is asked for and not given.
    pub fn strict(self) -> Self {
        World { strict: true, ..self }
    }

    /// What scripts read as `session`.
    pub fn session(&self, lang: Lang) -> Map<String, Json> {
        let mut session = Map::from_iter([
            ("channel".to_owned(), json!("whatsapp")),
            ("user_name".to_owned(), json!(lang.pick("Cliente de teste", "Test customer"))),
            ("needs_human".to_owned(), json!(false)),
        ]);
        session.extend(self.session.clone());
        session
    }

    /// Puts a row into a table. It needs no id.
    pub fn add(&mut self, table: &str, mut row: Row) -> Row {
        let table = own_name(table);
        self.made += 1;
        row.entry("id").or_insert_with(|| json!(format!("{table}-{}", self.made)));
        self.rows.entry(table).or_default().push(row.clone());
        row
    }

    /// Of several answers that fit, each is given once, in order, and the last one from then on.
    pub fn prepare(&mut self, answer: Answer) {
        self.answers.push(answer);
    }

    /// What a request comes to.
    pub fn answer(&mut self, request: &Request) -> Result<Value, ScriptError> {
        if let Some(result) = self.prepared(request) {
            return match result {
                Ok(json) => Value::from_json(json),
                Err(code) => Err(error(code, "como o teste pede", "as the test wants it")),
            };
        }
        self.stand_in(request)
    }

    fn prepared(&mut self, request: &Request) -> Option<Result<Json, String>> {
        let fits: Vec<usize> = (0..self.answers.len())
            .filter(|index| self.answers.get(*index).is_some_and(|answer| answer.to.fits(request)))
            .collect();
        match *fits.as_slice() {
            [] => None,
            [only] => self.answers.get(only).map(|answer| answer.result.clone()),
            [first, ..] => Some(self.answers.remove(first).result),
        }
    }

    fn stand_in(&mut self, request: &Request) -> Result<Value, ScriptError> {
        use Request as R;
        Value::from_json(match request {
            R::TransferToHuman(wish) => {
                let queue = wish.who.as_ref().or(wish.department.as_ref()).or(wish.destination.as_ref());
                json!({"success": true, "position": 1, "estimated_wait": null, "queue": queue})
            }
            R::Sentiment { text } | R::AnalyzeSentiment { message: text, .. } => json!(sentiment(text)),
            R::Intent { text } => json!(Intents::default().recognise(text).map(|found| found.intent)),
            R::Remember { name, value, .. } => {
                self.memory.insert(name.to_lowercase(), value.to_json());
                json!(true)
            }
            R::Recall { name, .. } => json!(self.memory.get(&name.to_lowercase())),
            R::Find { table, filter, limit } => {
                let most = limit.map_or(usize::MAX, |limit| limit as usize);
                json!(self.meant(table, &Which::Filter(filter.clone()))?.into_iter().take(most).collect::<Vec<_>>())
            }
            R::First { table, filter } => json!(self.meant(table, &Which::Filter(filter.clone()))?.first()),
            R::Create { table, row } => {
                self.known(table)?;
                json!(self.add(table, fields(row)))
            }
            R::Save { table, values } => {
                let columns = self.known(table)?.map(|table| table.columns.clone()).unwrap_or_default();
                let named = columns.iter().zip(values).map(|(column, value)| (column.name.clone(), value.to_json()));
                let row = named.collect();
                json!(self.add(table, row))
            }
            R::Update { table, which, row } => json!(self.change(table, which, row)?),
            R::Merge { table, which, row } => match self.change(table, which, row)? {
                0 => {
                    let mut row = fields(row);
                    if let (Which::Id(id), Some(key)) = (which, self.key(table)) {
                        row.entry(key).or_insert_with(|| json!(id));
                    }
                    json!(self.add(table, row))
                }
                _ => json!(self.meant(table, which)?.first()),
            },
            R::Delete { table, which } => {
                let gone = self.meant(table, which)?;
                if let Some(rows) = self.rows.get_mut(&own_name(table)) {
                    rows.retain(|row| !gone.contains(row));
                }
                json!(gone.len())
            }
            R::GetAttendants { .. } => json!([]),
            R::NextInQueue { .. } | R::NextAttendant { .. } | R::CustomerHistory { .. } => Json::Null,
            R::GetQueue { .. } => json!({"total": 0, "waiting": 0, "items": []}),
            R::Notify { .. }
            | R::Assign { .. }
            | R::Resolve { .. }
            | R::SetPriority { .. }
            | R::SetAttendantStatus { .. }
            | R::Tag { .. }
            | R::AddNote { .. } => json!(true),
            R::PublishEvent { .. } => json!(1),
            R::AttendantStats { attendant } => json!({"name": attendant, "status": "online", "active": 0}),
            R::TalkTo { .. } | R::SendTo { .. } | R::SendFileTo { .. } | R::SendMail { .. } => json!({"success": true}),
            R::Broadcast { recipients, .. } => json!({"success": true, "sent": recipients.len(), "failed": []}),
            R::Http { .. } if self.strict => {
                let asked = told(request);
                let (pt, en) = ("o teste não diz o que responde a", "the test does not say what answers");
                return Err(error("http_error".to_owned(), &format!("{pt} {asked}"), &format!("{en} {asked}")));
            }
            R::Http { .. } => json!({"simulated": true}),
            _ => return Err(ScriptError::not_configured(statement(request))),
        })
    }

    /// The declaration of a table, if it has one. Errors: no such table.
    fn known(&self, table: &str) -> Result<Option<&Table>, ScriptError> {
        let name = own_name(table);
        let declared = self.tables.iter().find(|declared| declared.name == name);
        if declared.is_some()
            || !self.strict
            || [CONTACTS, LEADS].contains(&name.as_str())
            || self.rows.contains_key(&name)
        {
            return Ok(declared);
        }
        let pt = format!("a tabela {table} não existe; declare com TABLE {table} ... END TABLE");
        let en = format!("there is no table {table}; declare it with TABLE {table} ... END TABLE");
        Err(error("unknown_table".to_owned(), &pt, &en))
    }

    fn key(&self, table: &str) -> Option<String> {
        let columns = &self.known(table).ok()??.columns;
        columns.iter().find(|column| column.key).map(|column| column.name.clone())
    }

    /// Whether this row is meant.
    fn is_meant(&self, table: &str, which: &Which) -> impl Fn(&Row) -> bool + use<> {
        let (key, which) = (self.key(table), which.clone());
        move |row: &Row| match &which {
            Which::Id(id) => ["id"].into_iter().chain(key.as_deref()).any(|name| {
                row.get(name).is_some_and(|own| Value::from_json(own.clone()).is_ok_and(|own| *own.to_text() == **id))
            }),
            Which::Filter(filter) => Value::from_json(Json::Object(row.clone())).is_ok_and(|row| passes(filter, &row)),
        }
    }

    fn meant(&self, table: &str, which: &Which) -> Result<Vec<Row>, ScriptError> {
        self.known(table)?;
        let fits = self.is_meant(table, which);
        let rows = self.rows.get(&own_name(table)).into_iter().flatten();
        Ok(rows.filter(|row| fits(row)).cloned().collect())
    }

    /// How many rows changed.
    fn change(&mut self, table: &str, which: &Which, change: &Value) -> Result<usize, ScriptError> {
        self.known(table)?;
        let (fits, change) = (self.is_meant(table, which), fields(change));
        let rows = self.rows.get_mut(&own_name(table)).into_iter().flatten();
        let changed = rows.filter(|row| fits(row)).map(|row| row.extend(change.clone()));
        Ok(changed.count())
    }
}

const CONTACTS: &str = "contacts";
const LEADS: &str = "leads";

/// The one name of a table.
fn own_name(table: &str) -> String {
    let name = table.to_lowercase();
    match name.as_str() {
        name if triggers::is_contacts(name) => CONTACTS.to_owned(),
        name if triggers::is_leads(name) => LEADS.to_owned(),
        _ => name,
    }
}

fn fields(row: &Value) -> Row {
    match row.to_json() {
        Json::Object(row) => row.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect(),
        _ => Row::new(),
    }
}

fn error(code: String, pt: &str, en: &str) -> ScriptError {
    ScriptError::new(code, Message { pt: pt.to_owned(), en: en.to_owned() })
}

/// A request as its author wrote it, more or less: the statement and its arguments.
pub fn told(request: &Request) -> String {
    format!("{} {}", statement(request), arguments(request)).trim_end().to_owned()
}

/// The arguments of a request: what it is about, then texts and numbers, then lists and maps.
fn arguments(request: &Request) -> String {
    let Json::Object(mut parts) = json!(request) else { return String::new() };
    for name in ["type", "method", "timeout_seconds", "ttl_seconds", "scope"] {
        parts.remove(name);
    }
    let shown = |(name, part): (String, Json)| match part {
        Json::Null => None,
        Json::Array(items) if items.is_empty() => None,
        Json::String(text) => Some((usize::from(!matches!(name.as_str(), "table" | "url" | "channel")), text)),
        filter if matches!(name.as_str(), "filter" | "which") => Some((1, leaves(&filter))),
        plain if plain.is_number() => Some((1, plain.to_string())),
        other => Some((2, other.to_string())),
    };
    let mut shown: Vec<(usize, String)> = parts.into_iter().filter_map(shown).collect();
    shown.sort_by_key(|(place, _)| *place);
    shown.into_iter().map(|(_, text)| text).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The names and values of a filter.
fn leaves(filter: &Json) -> String {
    let leaf = |json: &Json| json.as_str().map_or_else(|| json.to_string(), str::to_owned);
    match filter {
        Json::Object(parts) => {
            let parts = parts.iter().filter(|(name, _)| *name != "at" && *name != "operator");
            parts.map(|(_, part)| leaves(part)).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
        }
        Json::Array(parts) => parts.iter().map(leaves).collect::<Vec<_>>().join(" "),
        other => leaf(other),
    }
}

/// The statement that asks so; of several, the usual one.
pub fn statement(request: &Request) -> &'static str {
    use Request as R;
    match request {
        R::TransferToHuman(_) => "TRANSFER TO HUMAN",
        R::TalkTo { .. } => "TALK TO",
        R::SendFileTo { .. } => "SEND FILE TO",
        R::SendTo { .. } => "SEND TO",
        R::Broadcast { .. } => "BROADCAST",
        R::Notify { .. } => "NOTIFY",
        R::SetBot { .. } => "SET BOT",
        R::SetUser { .. } => "SET USER",
        R::Remember { scope: Scope::Bot, .. } => "SET BOT MEMORY",
        R::Remember { .. } => "REMEMBER",
        R::Recall { scope: Scope::Bot, .. } => "GET BOT MEMORY",
        R::Recall { .. } => "RECALL",
        R::Sentiment { .. } => "SENTIMENT",
        R::Intent { .. } => "INTENT",
        R::GetQueue { .. } => "GET QUEUE",
        R::NextInQueue { .. } => "NEXT IN QUEUE",
        R::NextAttendant { .. } => "NEXT ATTENDANT",
        R::Assign { .. } => "ASSIGN CONVERSATION",
        R::Resolve { .. } => "RESOLVE CONVERSATION",
        R::SetPriority { .. } => "SET PRIORITY",
        R::GetAttendants { .. } => "GET ATTENDANTS",
        R::AttendantStats { .. } => "GET ATTENDANT STATS",
        R::SetAttendantStatus { .. } => "SET ATTENDANT STATUS",
        R::Tag { .. } => "TAG CONVERSATION",
        R::AddNote { .. } => "ADD NOTE",
        R::CustomerHistory { .. } => "GET CUSTOMER HISTORY",
        R::Tips { .. } => "GET TIPS",
        R::Polish { .. } => "POLISH MESSAGE",
        R::SmartReplies { .. } => "GET SMART REPLIES",
        R::Summary { .. } => "GET SUMMARY",
        R::AnalyzeSentiment { .. } => "ANALYZE SENTIMENT",
        R::Find { .. } => "FIND",
        R::First { .. } => "FIRST",
        R::Create { .. } => "CREATE",
        R::Save { .. } => "SAVE",
        R::Update { .. } => "UPDATE",
        R::Merge { .. } => "MERGE",
        R::Delete { .. } => "DELETE",
        R::CreateTicket { .. } => "CREATE TICKET",
        R::CreateMeeting { .. } => "CREATE MEETING",
        R::RequestScreenShare { .. } => "REQUEST SCREEN SHARE",
        R::CallPhone { .. } => "CALL",
        R::Llm { .. } => "LLM",
        R::UseKb { .. } => "USE KB",
        R::ClearKb { .. } => "CLEAR KB",
        R::SearchKb { .. } => "THINK KB",
        R::UseTool { .. } => "USE TOOL",
        R::ClearTools => "CLEAR TOOLS",
        R::UseModel { .. } => "USE MODEL",
        R::UseWebsite { .. } => "USE WEBSITE",
        R::SetContext { .. } => "SET CONTEXT",
        R::SystemPrompt { .. } => "SYSTEM PROMPT",
        R::Answer { .. } => "ANSWER",
        R::Classify { .. } => "CLASSIFY",
        R::Summarize { .. } => "SUMMARIZE",
        R::Translate { .. } => "TRANSLATE",
        R::Extract { .. } => "EXTRACT",
        R::ReadDocument { .. } => "READ DOCUMENT",
        R::Http { method: Method::Get, .. } => "GET",
        R::Http { method: Method::Post, .. } => "POST",
        R::Http { method: Method::Put, .. } => "PUT",
        R::Http { method: Method::Patch, .. } => "PATCH",
        R::Http { method: Method::Delete, .. } => "DELETE HTTP",
        R::Mcp { .. } => "MCP",
        R::SendMail { .. } => "SEND MAIL",
        R::StartJourney { .. } => "START JOURNEY",
        R::PublishEvent { .. } => "PUBLISH EVENT",
    }
}

impl std::str::FromStr for Pattern {
    type Err = ();

    /// A statement and words, those of several in quotes: `CREATE contacts "Marina Prado"`. Errors: no such statement.
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = split(text);
        let known = |count: &usize| {
            let words = parts.get(..*count).unwrap_or_default().join(" ").replace('_', " ").to_uppercase();
            let first = words.split(' ').next().unwrap_or_default().to_lowercase();
            let (_, keyword) = TABLE.commands(&first).find(|(_, keyword)| keyword.name == words)?;
            Some((*count, keyword.name))
        };
        let (count, name) = (1..=parts.len().min(5)).rev().find_map(|count| known(&count)).ok_or(())?;
        let statement = match name {
            "INSERT" => "CREATE",
            "OCR" => "READ DOCUMENT",
            "SEND SMS" => "SEND TO",
            "SET USER MEMORY" => "REMEMBER",
            "GET USER MEMORY" => "RECALL",
            "GET ATTENDANTS WITH STATUS" => "GET ATTENDANTS",
            name => name,
        };
        Ok(Pattern { statement: statement.to_owned(), words: parts.split_off(count) })
    }
}

/// The words of a line; what is in quotes is one.
fn split(text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    for (index, part) in text.split('"').enumerate() {
        match index % 2 {
            0 => parts.extend(part.split_whitespace().map(str::to_owned)),
            _ => parts.push(part.to_owned()),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::basic::{Effect, Event, Limits, Machine, Outcome, Turn, Waiting, compile};

    /// What a script logs, asking this world.
    fn logged(source: &str, world: &mut World) -> Vec<String> {
        let program = compile(source, &[]).program.unwrap();
        let turn = Turn {
            limits: &Limits::default(),
            now: chrono::DateTime::parse_from_rfc3339("2026-01-15T12:00:00-03:00").unwrap(),
            lang: Lang::Pt,
            seed: 1,
            session: Value::Null,
            alone: false,
            expired: &|| false,
        };
        let (mut step, mut told) = (Machine::start(&program, [], &turn), Vec::new());
        loop {
            told.extend(step.effects.iter().filter_map(|effect| match effect {
                Effect::Log { text, .. } => Some(text.clone()),
                _ => None,
            }));
            let Outcome::Waiting(Waiting::Answer { id, request }) = step.outcome else { return told };
            let result = world.answer(&request);
            step = step.machine.resume(&program, Event::Answer { id, result }, &turn);
        }
    }

    #[test]
    fn rows_are_made_found_changed_and_deleted_as_by_the_real_tables() {
        let source = r#"
CREATE "pedidos", {numero: "A1", valor: 10}
SAVE "pedidos", "A2", 20
MERGE "pedidos", "A2", {valor: 25}
MERGE "pedidos", "A3", {valor: 30}
PRINT UPDATE "pedidos", "valor > 20", {cara: TRUE}
p = FIRST "pedidos", "numero = ?", "A3"
PRINT p.valor + " " + p.cara
PRINT DELETE "pedidos", "valor < 20"
todos = FIND "pedidos"
PRINT LEN(todos)
c = FIRST "clientes", "email = 'ana@example.com'"
PRINT c.name
PRINT UPDATE "leads", "score < 50", {status: "quente"}
PRINT LEN(FIND("lead", "status = 'quente'"))
"#;
        let declared = "TABLE pedidos\nnumero AS TEXT KEY\nvalor AS NUMBER\nEND TABLE";
        let tables = compile(declared, &[]).program.unwrap().header.tables;
        let mut world = World::with(tables).strict();
        let ana = json!({"name": "Ana", "email": "ana@example.com"});
        world.add("contacts", ana.as_object().cloned().unwrap());
        world.add("leads", json!({"name": "Ana", "score": 30}).as_object().cloned().unwrap());
        assert_eq!(
            logged(source, &mut world),
            ["2", "30 TRUE", "1", "2", "Ana", "1", "1"].map(|text| match text {
                "30 TRUE" => format!("30 {}", Value::Bool(true).to_text()),
                text => text.to_owned(),
            })
        );
    }

    #[test]
    fn a_strict_world_refuses_what_was_not_given() {
        let source = "ON ERROR RESUME NEXT\nx = FIND \"nada\"\nPRINT ERROR.code\nx = GET \"https://a.example/1\"\nPRINT ERROR.code";
        let mut world = World::default().strict();
        assert_eq!(logged(source, &mut world), ["unknown_table", "http_error"]);
        world.prepare(Answer { to: "GET a.example".parse().unwrap(), result: Ok(json!({"x": 1})) });
        let source = "x = GET \"https://a.example/1\"\nPRINT x.x";
        assert_eq!(logged(source, &mut world), ["1"]);
    }

    #[test]
    fn several_answers_are_given_in_order() {
        let mut world = World::default();
        for result in [Ok(json!("um")), Err("timeout".to_owned()), Ok(json!("dois"))] {
            world.prepare(Answer { to: "LLM \"bom dia\"".parse().unwrap(), result });
        }
        let source = "ON ERROR RESUME NEXT\nFOR i = 1 TO 4\nx = ERROR.code\nx = LLM \"diga bom dia\"\nPRINT x\nNEXT\nx = LLM \"oi\"\nPRINT ERROR.code";
        let told = logged(source, &mut world);
        assert_eq!(
            (&*told[0], &told[2..4], &*told[4]),
            ("um", &["dois".to_owned(), "dois".to_owned()][..], "not_configured")
        );
    }

    #[test]
    fn a_pattern_names_a_statement_and_words() {
        for (text, statement, words) in [
            ("GET https://a.b", "GET", &["https://a.b"][..]),
            ("get queue waiting", "GET QUEUE", &["waiting"]),
            ("TRANSFER_TO_HUMAN \"Suporte nível 2\" x", "TRANSFER TO HUMAN", &["Suporte nível 2", "x"]),
            ("INSERT pedidos", "CREATE", &["pedidos"]),
        ] {
            let words = words.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(text.parse::<Pattern>(), Ok(Pattern { statement: statement.to_owned(), words }));
        }
        assert!("DANCE x".parse::<Pattern>().is_err());
        assert!("".parse::<Pattern>().is_err());
    }
}
