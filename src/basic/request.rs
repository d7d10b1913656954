//! What a script asks of the world. An [`Effect`] is done and forgotten, in order; a [`Request`] has an answer, and the
//! script waits for it. Nothing is carried out here: the host does it, and says so when a part is not configured.

use serde::{Deserialize, Serialize};

use super::diagnostics::{ScriptError, message};
use super::filter::{self, Filter, Literal, Operator};
use super::keywords::Command;
use super::value::{Value, parse_number};
use crate::lang::Lang;

/// Done by the host in the order given, without an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Effect {
    /// Choices are those of the question that follows at once, as buttons or a numbered list. The text may be empty when
    /// a question has no other.
    Say {
        text: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        choices: Vec<Choice>,
    },
    Media {
        kind: Media,
        url: String,
        caption: Option<String>,
    },
    Typing {
        on: bool,
    },
    /// Ready answers, which bind nobody; they add up until cleared.
    Suggest {
        choices: Vec<Choice>,
    },
    ClearSuggestions,
    React {
        emoji: String,
    },
    SetSession {
        name: String,
        value: Value,
    },
    /// The turn had no answer: counts toward the person who takes over.
    Failed {
        reason: Option<String>,
    },
    Log {
        level: Level,
        text: String,
        line: u32,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What the button sends.
    pub value: String,
    pub label: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Media {
    Image,
    File,
    Audio,
    Video,
}

impl Media {
    /// What an address says by its ending.
    pub fn of(url: &str) -> Self {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        match path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "jpg" | "jpeg" | "png" | "webp" => Media::Image,
            "ogg" | "mp3" => Media::Audio,
            "mp4" => Media::Video,
            _ => Media::File,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Info,
    Warning,
    Error,
}

/// Something with an answer. A conversation of `None` is the running one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Request {
    /// Answer: `{success, position, estimated_wait, queue}`.
    TransferToHuman(Transfer),
    TalkTo {
        recipient: Value,
        text: String,
    },
    SendFileTo {
        recipient: Value,
        file: Value,
        caption: Option<String>,
    },
    /// By a channel, consent checked.
    SendTo {
        channel: String,
        address: String,
        text: String,
    },
    Broadcast {
        text: String,
        recipients: Vec<Value>,
    },
    Notify {
        attendant: String,
        text: String,
    },

    SetBot {
        bot: String,
    },
    SetUser {
        contact: Value,
    },
    Remember {
        scope: Scope,
        name: String,
        value: Value,
        ttl_seconds: Option<u64>,
    },
    Recall {
        scope: Scope,
        name: String,
    },

    /// Answer: -1 to 1.
    Sentiment {
        text: String,
    },
    Intent {
        text: String,
    },

    /// Answer: `{total, waiting, items}`.
    GetQueue {
        filter: Option<String>,
    },
    NextInQueue {
        filter: Option<String>,
    },
    NextAttendant {
        strategy: Option<String>,
    },
    Assign {
        conversation: Option<String>,
        attendant: String,
    },
    Resolve {
        conversation: Option<String>,
        reason: Option<String>,
    },
    SetPriority {
        conversation: Option<String>,
        priority: String,
    },
    GetAttendants {
        status: Option<String>,
    },
    AttendantStats {
        attendant: String,
    },
    SetAttendantStatus {
        attendant: String,
        status: String,
    },
    Tag {
        conversation: Option<String>,
        tag: String,
    },
    AddNote {
        conversation: Option<String>,
        text: String,
    },
    CustomerHistory {
        contact: Option<String>,
    },
    Tips {
        conversation: Option<String>,
        message: Option<String>,
    },
    Polish {
        message: String,
        tone: Option<String>,
    },
    SmartReplies {
        conversation: Option<String>,
    },
    Summary {
        conversation: Option<String>,
    },
    AnalyzeSentiment {
        conversation: Option<String>,
        message: String,
    },

    /// Answer: a list of maps.
    Find {
        table: String,
        filter: Filter,
        limit: Option<u32>,
    },
    /// Answer: a map, or null.
    First {
        table: String,
        filter: Filter,
    },
    /// Answer: the row.
    Create {
        table: String,
        row: Value,
    },
    /// Positional, in the order of the table's columns.
    Save {
        table: String,
        values: Vec<Value>,
    },
    /// Answer: how many.
    Update {
        table: String,
        which: Which,
        row: Value,
    },
    Merge {
        table: String,
        which: Which,
        row: Value,
    },
    Delete {
        table: String,
        which: Which,
    },
    CreateTicket {
        ticket: Value,
    },

    /// Answer: `{success, room_id, join_url}`.
    CreateMeeting {
        meeting: Value,
    },
    RequestScreenShare {
        meeting: String,
    },
    CallPhone {
        phone: String,
    },

    Llm {
        prompt: String,
    },
    UseKb {
        name: String,
    },
    ClearKb {
        name: Option<String>,
    },
    /// Answer: what was found.
    SearchKb {
        question: String,
    },
    UseTool {
        name: String,
    },
    ClearTools,
    UseModel {
        name: String,
    },
    UseWebsite {
        url: String,
        refresh: Option<String>,
    },
    SetContext {
        name: String,
        text: String,
    },
    SystemPrompt {
        text: String,
    },
    /// Answer: a text with its sources.
    Answer {
        question: String,
    },
    Classify {
        text: String,
        labels: Vec<String>,
    },
    Summarize {
        text: String,
    },
    Translate {
        text: String,
        language: String,
    },
    /// Fields with what is known of them. Answer: a map.
    Extract {
        fields: Value,
        text: String,
    },
    ReadDocument {
        url: String,
        fields: Value,
    },

    /// Answer: the body, read when it is JSON.
    Http {
        method: Method,
        url: String,
        body: Option<Value>,
        headers: Vec<(String, String)>,
        timeout_seconds: Option<u64>,
    },
    Mcp {
        server: String,
        tool: String,
        arguments: Value,
    },
    SendMail {
        to: Vec<String>,
        subject: String,
        body: String,
        attachments: Vec<Value>,
    },
    StartJourney {
        name: String,
        data: Value,
    },
    PublishEvent {
        name: String,
        data: Value,
    },
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Transfer {
    /// Person, queue or department, as the script says it.
    pub who: Option<String>,
    pub department: Option<String>,
    pub priority: Option<Priority>,
    pub reason: Option<String>,
    pub destination: Option<String>,
    pub skills: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    Low,
    Normal,
    High,
    Urgent,
}

/// Whose memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    Bot,
    Contact,
}

/// Rows of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    Id(String),
    Filter(Filter),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// What a command comes to.
pub(super) enum Performed {
    Value(Value),
    Effect(Effect),
    Request(Request),
    /// The script rests, in seconds.
    Wait(f64),
    WaitForEvent {
        name: String,
        timeout: Option<f64>,
    },
    SetHeader {
        name: String,
        value: String,
    },
    ClearHeaders,
}

/// The arguments of a command; those left out are null.
struct Given<'a>(&'a [Value]);

impl Given<'_> {
    fn get(&self, index: usize) -> &Value {
        self.0.get(index).unwrap_or(&Value::Null)
    }

    fn has(&self, index: usize) -> bool {
        !self.get(index).is_null()
    }

    fn text(&self, index: usize) -> String {
        self.get(index).to_text().to_string()
    }

    fn maybe(&self, index: usize) -> Option<String> {
        Some(self.text(index)).filter(|text| !text.trim().is_empty())
    }

    fn seconds(&self, index: usize) -> Result<Option<u64>, ScriptError> {
        if !self.has(index) {
            return Ok(None);
        }
        Ok(Some(self.get(index).to_number()?.clamp(0.0, 1e10) as u64))
    }

    /// Errors: `type_mismatch` unless it is a map.
    fn map(&self, index: usize) -> Result<Value, ScriptError> {
        match self.get(index) {
            map @ Value::Map(_) => Ok(map.clone()),
            other => {
                let shown = other.shown();
                Err(ScriptError::new(
                    "type_mismatch",
                    message!(
                        "{shown} não é um mapa, como {{\"nome\": \"Ana\"}}",
                        "{shown} is not a map, such as {{\"name\": \"Ana\"}}"
                    ),
                ))
            }
        }
    }

    fn list(&self, index: usize) -> Vec<Value> {
        match self.get(index) {
            Value::Null => Vec::new(),
            Value::List(list) => list.items().to_vec(),
            one => vec![one.clone()],
        }
    }

    /// Values one after the other, or all in one list.
    fn values(&self, index: usize) -> Vec<Value> {
        match self.list(index).as_slice() {
            [Value::List(list)] => list.items().to_vec(),
            several => several.to_vec(),
        }
    }

    fn texts(&self, index: usize) -> Vec<String> {
        let split = |text: &str| {
            text.split([',', ';']).map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
        };
        match self.get(index) {
            Value::Text(text) => split(text),
            _ => self.list(index).iter().map(|value| value.to_text().to_string()).collect(),
        }
    }

    /// Who or what is meant: the text, or what the map of it is known by.
    fn id(&self, index: usize, keys: &[&str]) -> Option<String> {
        let value = match self.get(index) {
            map @ (Value::Map(_) | Value::List(_)) => {
                keys.iter().filter_map(|key| map.field(key).ok()).find(|value| !value.is_null()).unwrap_or_default()
            }
            other => other.clone(),
        };
        Some(value.to_text().trim().to_owned()).filter(|text| !text.is_empty())
    }

    fn conversation(&self, index: usize) -> Option<String> {
        self.id(index, &["session_id", "conversation_id", "id"])
    }

    /// Errors: `wrong_argument` when nobody is named.
    fn attendant(&self, index: usize) -> Result<String, ScriptError> {
        self.id(index, &["id", "attendant_id", "name"]).ok_or_else(|| {
            ScriptError::new("wrong_argument", message!("falta dizer qual atendente", "which attendant is not said"))
        })
    }

    /// A filter as text (its `?` filled from `values`), or as a map of fields that must be equal.
    fn filter(&self, index: usize, values: &[Value]) -> Result<Filter, ScriptError> {
        match self.get(index) {
            Value::Null => Ok(Filter::All(Vec::new())),
            Value::Map(map) => {
                // Told as a text, so that names are checked by one grammar; the values stay values.
                let names: Vec<String> = map.entries().map(|(name, _)| format!("{name} = ?")).collect();
                let values: Vec<Value> = map.entries().map(|(_, value)| value.clone()).collect();
                read_filter(&names.join(" and "), &values)
            }
            text => read_filter(&text.to_text(), values),
        }
    }

    /// An id, or a filter when it compares something.
    fn which(&self, index: usize) -> Result<Which, ScriptError> {
        match self.get(index) {
            Value::Text(text) if text.contains(['=', '<', '>']) || text.contains(' ') => {
                Ok(Which::Filter(self.filter(index, &[])?))
            }
            Value::Map(map) => match map.get("id") {
                Some(id) if map.entries().len() > 1 && !id.is_null() => Ok(Which::Id(id.to_text().to_string())),
                _ => Ok(Which::Filter(self.filter(index, &[])?)),
            },
            other if other.is_empty() => Err(ScriptError::new(
                "wrong_argument",
                message!("falta dizer qual linha: um id ou um filtro", "which row is not said: an id or a filter"),
            )),
            other => Ok(Which::Id(other.to_text().to_string())),
        }
    }
}

fn read_filter(text: &str, values: &[Value]) -> Result<Filter, ScriptError> {
    let values: Vec<Literal> = values.iter().map(|value| Literal::from(&value.to_json())).collect();
    filter::parse_with(text, &values).map_err(|wrong| {
        let column = wrong.column;
        let (pt, en) = (wrong.message(Lang::Pt), wrong.message(Lang::En));
        ScriptError::new("wrong_filter", message!("filtro, letra {column}: {pt}", "filter, letter {column}: {en}"))
    })
}

/// What a command with these arguments comes to. `headers` are those of SET HEADER, `session` what is known of the
/// conversation.
pub(super) fn perform(
    command: Command,
    arguments: &[Value],
    session: &Value,
    headers: &[(String, String)],
    line: u32,
) -> Result<Performed, ScriptError> {
    use Command as C;
    let given = Given(arguments);
    let text = |index: usize| given.text(index);
    let http = |method: Method, body: Option<usize>, options: usize| -> Result<Request, ScriptError> {
        let mut headers = headers.to_vec();
        if let Value::Map(map) = given.get(options) {
            headers.extend(map.entries().map(|(name, value)| (name.to_string(), value.to_text().to_string())));
        }
        Ok(Request::Http {
            method,
            url: text(0),
            body: body.map(|index| given.get(index).clone()),
            headers,
            timeout_seconds: given.seconds(options + 1)?,
        })
    };
    let media = |kind: Media| Performed::Effect(Effect::Media { kind, url: text(0), caption: given.maybe(1) });
    let log = |level: Level| Performed::Effect(Effect::Log { level, text: text(0), line });
    Ok(Performed::Request(match command {
        C::SendImage => return Ok(media(Media::Image)),
        C::SendFile => return Ok(media(Media::File)),
        C::SendAudio => return Ok(media(Media::Audio)),
        C::SendVideo => return Ok(media(Media::Video)),
        C::Typing => return Ok(Performed::Effect(Effect::Typing { on: !given.has(0) || on(given.get(0)) })),
        C::Suggest => {
            let values = match given.list(0).as_slice() {
                [Value::List(list)] => list.items().to_vec(),
                several => several.to_vec(),
            };
            return Ok(Performed::Effect(Effect::Suggest { choices: values.iter().map(choice).collect() }));
        }
        C::AddSuggestion => {
            let value = text(0);
            let label = given.maybe(1).unwrap_or_else(|| value.clone());
            return Ok(Performed::Effect(Effect::Suggest { choices: vec![Choice { value, label }] }));
        }
        C::ClearSuggestions => return Ok(Performed::Effect(Effect::ClearSuggestions)),
        C::React => return Ok(Performed::Effect(Effect::React { emoji: text(0) })),
        C::Log => return Ok(log(Level::Info)),
        C::LogWarning => return Ok(log(Level::Warning)),
        C::LogError => return Ok(log(Level::Error)),
        C::Wait => return Ok(Performed::Wait(given.get(0).to_number()?.max(0.0))),
        C::WaitForEvent => {
            let timeout = if given.has(1) { Some(given.get(1).to_number()?.max(0.0)) } else { None };
            return Ok(Performed::WaitForEvent { name: text(0), timeout });
        }
        C::SetSession => {
            return Ok(Performed::Effect(Effect::SetSession {
                name: text(0).trim().to_owned(),
                value: given.get(1).clone(),
            }));
        }
        C::GetSession => return session.field(text(0).trim()).map(Performed::Value),
        C::Fail => return Ok(Performed::Effect(Effect::Failed { reason: given.maybe(0) })),
        C::SetHeader => return Ok(Performed::SetHeader { name: text(0), value: text(1) }),
        C::ClearHeaders => return Ok(Performed::ClearHeaders),
        C::Filter => return Ok(Performed::Value(filtered(&given)?)),

        C::TransferToHuman => Request::TransferToHuman(transfer(&given)?),
        C::TalkTo => Request::TalkTo { recipient: given.get(0).clone(), text: text(1) },
        C::SendFileTo => {
            Request::SendFileTo { recipient: given.get(0).clone(), file: given.get(1).clone(), caption: given.maybe(2) }
        }
        C::SendTo if given.has(2) => Request::SendTo { channel: text(0), address: text(1), text: text(2) },
        C::SendTo => Request::TalkTo { recipient: given.get(0).clone(), text: text(1) },
        C::SendSms => Request::SendTo { channel: "sms".into(), address: text(0), text: text(1) },
        C::Broadcast => Request::Broadcast { text: text(0), recipients: given.list(1) },
        C::Notify => Request::Notify { attendant: given.attendant(0)?, text: text(1) },
        C::SetBot if !given.has(1) => Request::SetBot { bot: text(0) },
        C::SetUser if !given.has(1) => Request::SetUser { contact: given.get(0).clone() },
        C::SetBot | C::SetBotMemory => {
            Request::Remember { scope: Scope::Bot, name: text(0), value: given.get(1).clone(), ttl_seconds: None }
        }
        C::GetBotMemory => Request::Recall { scope: Scope::Bot, name: text(0) },
        C::SetUser | C::SetUserMemory => {
            Request::Remember { scope: Scope::Contact, name: text(0), value: given.get(1).clone(), ttl_seconds: None }
        }
        C::GetUserMemory | C::Recall => Request::Recall { scope: Scope::Contact, name: text(0) },
        C::Remember => Request::Remember {
            scope: Scope::Contact,
            name: text(0),
            value: given.get(1).clone(),
            ttl_seconds: ttl(given.get(2))?,
        },
        C::Sentiment => Request::Sentiment { text: text(0) },
        C::Intent => Request::Intent { text: text(0) },
        C::GetQueue => Request::GetQueue { filter: given.maybe(0) },
        C::NextInQueue => Request::NextInQueue { filter: given.maybe(0) },
        C::NextAttendant => Request::NextAttendant { strategy: given.maybe(0) },
        C::Assign => Request::Assign { conversation: given.conversation(0), attendant: given.attendant(1)? },
        C::Resolve => Request::Resolve { conversation: given.conversation(0), reason: given.maybe(1) },
        C::SetPriority => Request::SetPriority { conversation: given.conversation(0), priority: text(1) },
        C::GetAttendants => Request::GetAttendants { status: given.maybe(0) },
        C::AttendantStats => Request::AttendantStats { attendant: given.attendant(0)? },
        C::SetAttendantStatus => Request::SetAttendantStatus { attendant: given.attendant(0)?, status: text(1) },
        C::Tag => Request::Tag { conversation: given.conversation(0), tag: text(1) },
        C::AddNote => Request::AddNote { conversation: given.conversation(0), text: text(1) },
        C::CustomerHistory => {
            Request::CustomerHistory { contact: given.id(0, &["id", "contact_id", "phone", "email"]) }
        }
        C::Tips => Request::Tips { conversation: given.conversation(0), message: given.maybe(1) },
        C::Polish => Request::Polish { message: text(0), tone: given.maybe(1) },
        C::SmartReplies => Request::SmartReplies { conversation: given.conversation(0) },
        C::Summary => Request::Summary { conversation: given.conversation(0) },
        C::AnalyzeSentiment if given.has(1) => {
            Request::AnalyzeSentiment { conversation: given.conversation(0), message: text(1) }
        }
        C::AnalyzeSentiment => Request::AnalyzeSentiment { conversation: None, message: text(0) },
        C::Find => {
            let (values, limit) = find_values(&given)?;
            Request::Find { table: table(&given), filter: given.filter(1, &values)?, limit }
        }
        C::First => Request::First { table: table(&given), filter: given.filter(1, &given.values(2))? },
        C::Create | C::Insert => Request::Create { table: table(&given), row: given.map(1)? },
        C::Save => match given.list(1).as_slice() {
            [row @ Value::Map(_)] => Request::Create { table: table(&given), row: row.clone() },
            [id, row @ Value::Map(_)] => Request::Merge {
                table: table(&given),
                which: Given(std::slice::from_ref(id)).which(0)?,
                row: row.clone(),
            },
            values => Request::Save { table: table(&given), values: values.to_vec() },
        },
        C::Update => Request::Update { table: table(&given), which: given.which(1)?, row: given.map(2)? },
        C::Merge => Request::Merge { table: table(&given), which: given.which(1)?, row: given.map(2)? },
        C::Delete => Request::Delete { table: table(&given), which: given.which(1)? },
        C::CreateTicket => Request::CreateTicket { ticket: given.map(0)? },
        C::CreateMeeting => Request::CreateMeeting { meeting: given.map(0)? },
        C::RequestScreenShare => {
            Request::RequestScreenShare { meeting: given.id(0, &["room_id", "id"]).unwrap_or_default() }
        }
        C::CallPhone => Request::CallPhone { phone: text(0) },
        C::Llm => Request::Llm { prompt: text(0) },
        C::UseKb => Request::UseKb { name: text(0) },
        C::ClearKb => Request::ClearKb { name: given.maybe(0) },
        C::ThinkKb => Request::SearchKb { question: text(0) },
        C::UseTool => Request::UseTool { name: text(0) },
        C::ClearTools => Request::ClearTools,
        C::UseModel => Request::UseModel { name: text(0) },
        C::UseWebsite => Request::UseWebsite { url: text(0), refresh: given.maybe(1) },
        C::SetContext => Request::SetContext { name: text(0), text: text(1) },
        C::SystemPrompt => Request::SystemPrompt { text: text(0) },
        C::Answer => Request::Answer { question: text(0) },
        C::Classify => Request::Classify { text: text(0), labels: given.texts(1) },
        C::Summarize => Request::Summarize { text: text(0) },
        C::Translate => Request::Translate { text: text(0), language: text(1) },
        C::Extract => Request::Extract { fields: given.get(0).clone(), text: text(1) },
        C::ReadDocument => {
            Request::ReadDocument { url: given.id(0, &["url"]).unwrap_or_default(), fields: given.get(1).clone() }
        }
        C::HttpGet => http(Method::Get, None, 1)?,
        C::HttpPost => http(Method::Post, Some(1), 2)?,
        C::HttpPut => http(Method::Put, Some(1), 2)?,
        C::HttpPatch => http(Method::Patch, Some(1), 2)?,
        C::HttpDelete => http(Method::Delete, None, 1)?,
        C::Mcp => Request::Mcp { server: text(0), tool: text(1), arguments: given.get(2).clone() },
        C::SendMail => {
            Request::SendMail { to: given.texts(0), subject: text(1), body: text(2), attachments: given.list(3) }
        }
        C::StartJourney => Request::StartJourney { name: text(0), data: given.get(1).clone() },
        C::PublishEvent => Request::PublishEvent { name: text(0), data: given.get(1).clone() },
    }))
}

fn table(given: &Given) -> String {
    given.text(0).trim().to_lowercase()
}

/// "on", TRUE, 1: and not "off" or "false".
fn on(value: &Value) -> bool {
    match value {
        Value::Text(text) => !matches!(text.trim().to_lowercase().as_str(), "off" | "false" | "0" | "" | "não" | "nao"),
        other => other.truthy(),
    }
}

/// A ready answer: a text, or a map `{label, value}`.
pub(super) fn choice(value: &Value) -> Choice {
    if let Value::Map(map) = value {
        let named = |keys: &[&str]| keys.iter().find_map(|key| map.get(key)).map(|value| value.to_text().to_string());
        let label = named(&["label", "title", "titulo", "nome", "name", "text"]).unwrap_or_default();
        let value = named(&["value", "valor", "id"]).unwrap_or_else(|| label.clone());
        return Choice { value, label };
    }
    let text = value.to_text().to_string();
    Choice { value: text.clone(), label: text }
}

/// The values of `?`, and the limit, which is a lone number without a `?` for it.
fn find_values(given: &Given) -> Result<(Vec<Value>, Option<u32>), ScriptError> {
    let mut values = given.values(2);
    let wanted = given.text(1).matches('?').count();
    let limit = match values.get(wanted) {
        Some(limit) if values.len() == wanted + 1 => {
            let limit = limit.to_number()?.clamp(0.0, f64::from(u32::MAX)) as u32;
            values.truncate(wanted);
            Some(limit)
        }
        _ => None,
    };
    Ok((values, limit))
}

/// A span of time: seconds, or "30 days", "2 horas".
fn ttl(value: &Value) -> Result<Option<u64>, ScriptError> {
    if value.is_empty() {
        return Ok(None);
    }
    if let Some(seconds) = value.as_number() {
        return Ok(Some(seconds.clamp(0.0, 1e10) as u64));
    }
    let text = crate::text::fold(&value.to_text());
    let mut words = text.split_whitespace();
    let amount = words.next().and_then(parse_number);
    let unit = words.next().and_then(|unit| {
        Some(match unit.trim_end_matches('s') {
            "second" | "segundo" => 1.0,
            "minute" | "minuto" => 60.0,
            "hour" | "hora" => 3_600.0,
            "day" | "dia" => 86_400.0,
            "week" | "semana" => 604_800.0,
            "month" | "me" | "mese" => 2_592_000.0,
            "year" | "ano" => 31_536_000.0,
            _ => return None,
        })
    });
    match (amount, unit, words.next()) {
        (Some(amount), Some(unit), None) => Ok(Some((amount * unit).clamp(0.0, 1e10) as u64)),
        _ => {
            let shown = value.shown();
            Err(ScriptError::new(
                "wrong_argument",
                message!("{shown} não é um prazo, como \"30 dias\"", "{shown} is no span of time, such as \"30 days\""),
            ))
        }
    }
}

fn transfer(given: &Given) -> Result<Transfer, ScriptError> {
    let Value::Map(map) = given.get(0) else {
        return Ok(Transfer {
            who: given.maybe(0),
            priority: priority(given.get(1))?,
            reason: given.maybe(2),
            destination: given.maybe(3),
            ..Transfer::default()
        });
    };
    let text = |key: &str| map.get(key).map(|value| value.to_text().trim().to_owned()).filter(|text| !text.is_empty());
    let skills = map.get("skills").cloned().unwrap_or_default();
    Ok(Transfer {
        who: text("who").or_else(|| text("name")),
        department: text("department"),
        priority: priority(map.get("priority").unwrap_or(&Value::Null))?,
        reason: text("reason"),
        destination: text("destination").or_else(|| text("queue")),
        skills: Given(&[skills]).texts(0),
    })
}

/// By name in either language, or 0 to 3. Errors: `wrong_argument`.
fn priority(value: &Value) -> Result<Option<Priority>, ScriptError> {
    if value.is_empty() {
        return Ok(None);
    }
    Ok(Some(match crate::text::fold(value.to_text().trim()).as_str() {
        "low" | "baixa" | "0" => Priority::Low,
        "normal" | "medium" | "media" | "1" => Priority::Normal,
        "high" | "alta" | "2" => Priority::High,
        "urgent" | "urgente" | "critical" | "critica" | "3" => Priority::Urgent,
        _ => {
            let shown = value.shown();
            return Err(ScriptError::new(
                "wrong_argument",
                message!(
                    "{shown} não é prioridade; há low, normal, high e urgent",
                    "{shown} is no priority; there are low, normal, high and urgent"
                ),
            ));
        }
    }))
}

/// `FILTER list, "value > 10"`.
fn filtered(given: &Given) -> Result<Value, ScriptError> {
    let list = given.get(0).to_list()?;
    let filter = given.filter(1, &[])?;
    Value::list(list.items().iter().filter(|item| passes(&filter, item)).cloned().collect())
}

/// Whether an item passes a filter. As deep as the filter's grammar allows.
pub fn passes(filter: &Filter, item: &Value) -> bool {
    let field = |field: &filter::Field| match field.name.as_str() {
        "value" | "item" if !matches!(item, Value::Map(_)) => item.clone(),
        name => item.field(name).unwrap_or_default(),
    };
    match filter {
        Filter::All(parts) => parts.iter().all(|part| passes(part, item)),
        Filter::Any(parts) => parts.iter().any(|part| passes(part, item)),
        Filter::Not(part) => !passes(part, item),
        Filter::Compare { field: name, operator, value } => {
            let (own, value) = (field(name), literal(value));
            let order = own.order(&value);
            match operator {
                Operator::Equal => own == value,
                Operator::NotEqual => own != value,
                Operator::Less => order.is_some_and(|order| order.is_lt()),
                Operator::LessOrEqual => order.is_some_and(|order| order.is_le()),
                Operator::Greater => order.is_some_and(|order| order.is_gt()),
                Operator::GreaterOrEqual => order.is_some_and(|order| order.is_ge()),
            }
        }
        Filter::OneOf { field: name, values } => values.iter().any(|value| field(name) == literal(value)),
        Filter::Like { field: name, pattern } => {
            like(&field(name).to_text().to_lowercase(), &literal(pattern).to_text().to_lowercase())
        }
        Filter::IsNull { field: name } => field(name).is_null(),
    }
}

fn literal(literal: &Literal) -> Value {
    match literal {
        Literal::Null => Value::Null,
        Literal::Boolean(value) => Value::Bool(*value),
        Literal::Number(digits) => parse_number(digits).map_or_else(|| Value::text(digits), Value::Number),
        Literal::Text(text) => Value::text(text),
        Literal::Date(date) => Value::text(date.to_string()),
    }
}

/// SQL's LIKE: `%` is any text, `_` one letter. Linear for one `%`, and never worse than the product of the lengths.
fn like(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
    let (mut at, mut in_pattern) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(in_pattern) {
            Some('%') => {
                back = Some((in_pattern + 1, at));
                in_pattern += 1;
            }
            Some(sign) if *sign == '_' || text.get(at) == Some(sign) => {
                at += 1;
                in_pattern += 1;
            }
            _ => match back {
                Some((after, from)) => {
                    back = Some((after, from + 1));
                    in_pattern = after;
                    at = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(in_pattern).all(|sign| *sign == '%')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn performed(command: Command, arguments: serde_json::Value) -> Result<Performed, ScriptError> {
        let Value::List(list) = Value::from_json(arguments).unwrap() else { panic!("arguments are a list") };
        perform(command, list.items(), &Value::Null, &[], 1)
    }

    fn request(command: Command, arguments: serde_json::Value) -> serde_json::Value {
        match performed(command, arguments) {
            Ok(Performed::Request(request)) => serde_json::to_value(request).unwrap(),
            Ok(_) => panic!("no request"),
            Err(error) => serde_json::json!({ "error": error.code }),
        }
    }

    #[test]
    fn a_transfer_takes_every_form() {
        use serde_json::json;
        let form = |arguments| {
            let mut request = request(Command::TransferToHuman, arguments);
            request
                .as_object_mut()
                .unwrap()
                .retain(|key, value| key != "type" && !value.is_null() && value != &json!([]));
            request
        };
        assert_eq!(form(json!([])), json!({}));
        assert_eq!(form(json!(["financeiro"])), json!({"who": "financeiro"}));
        assert_eq!(
            form(json!(["financeiro", "alta", "boleto", "whatsapp"])),
            json!({"who": "financeiro", "priority": "high", "reason": "boleto", "destination": "whatsapp"})
        );
        assert_eq!(
            form(json!([{"department": "vendas", "priority": 3, "reason": "plano", "skills": ["en", "b2b"]}])),
            json!({"department": "vendas", "priority": "urgent", "reason": "plano", "skills": ["en", "b2b"]})
        );
        assert_eq!(form(json!(["x", "já"])), json!({"error": "wrong_argument"}));
    }

    #[test]
    fn filters_are_bound_never_pasted() {
        use serde_json::json;
        let by_text = request(Command::Find, json!(["Contacts", "email = ?", ["x' or '1'='1", 5]]));
        let by_map = request(Command::Find, json!(["contacts", {"email": "x' or '1'='1"}]));
        assert_eq!(by_text["filter"], by_map["filter"]);
        assert_eq!((&by_text["limit"], &by_text["table"]), (&json!(5), &json!("contacts")));
        assert_eq!(request(Command::Find, json!(["t", "a = "])), json!({"error": "wrong_filter"}));
        assert_eq!(request(Command::Update, json!(["t", "7", {"a": 1}]))["which"], json!({"id": "7"}));
        assert_eq!(request(Command::Delete, json!(["t", ""])), json!({"error": "wrong_argument"}));
    }

    #[test]
    fn a_list_is_filtered_like_a_table() {
        use serde_json::json;
        let rows = json!([{"n": "São Paulo", "v": 12}, {"n": "Recife", "v": 3}, {"n": "Santos"}]);
        for (filter, names) in [
            ("v > 10", json!(["São Paulo"])),
            ("n like 'S%' and not v is null", json!(["São Paulo"])),
            ("n like '%e%' or v = 12", json!(["São Paulo", "Recife"])),
            ("v in (3, 4)", json!(["Recife"])),
            ("v is null", json!(["Santos"])),
        ] {
            let Ok(Performed::Value(kept)) = performed(Command::Filter, json!([rows, filter])) else {
                panic!("{filter}")
            };
            let kept: Vec<_> =
                kept.to_list().unwrap().items().iter().map(|row| row.field("n").unwrap().to_json()).collect();
            assert_eq!(json!(kept), names, "{filter}");
        }
    }

    #[test]
    fn memory_lasts_as_long_as_it_is_said() {
        for (span, seconds) in [("30 dias", 2_592_000), ("2 hours", 7_200), ("90", 90), ("1 mês", 2_592_000)] {
            assert_eq!(ttl(&Value::text(span)).unwrap(), Some(seconds), "{span}");
        }
        assert!(ttl(&Value::text("logo")).is_err());
    }
}
