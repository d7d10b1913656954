//! Every keyword of the language: what it is called, what it takes, and one line that says what it does. The parser
//! reads commands from this table, the editor completes from it and the documentation lists it.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    Flow,
    Conversation,
    Session,
    Humans,
    Floor,
    Data,
    Intelligence,
    Meetings,
    Outside,
    Events,
}

#[derive(Debug)]
pub struct Keyword {
    /// In capitals, with spaces.
    pub name: &'static str,
    /// As an author would write it.
    pub form: String,
    pub category: Category,
    pub help_pt: &'static str,
    pub help_en: &'static str,
    pub kind: KeywordKind,
}

#[derive(Debug)]
pub enum KeywordKind {
    /// Part of the grammar; the parser knows how it is written.
    Grammar,
    /// A command with arguments, usable as a statement and inside expressions.
    Command(Command, Vec<Argument>),
}

/// One argument of a command: `lead=name:type?`, see [`ROWS`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    pub name: &'static str,
    pub kind: ArgumentKind,
    pub optional: bool,
    /// Takes all that follow, as one list.
    pub rest: bool,
    /// The word that may (or, after optional ones, must) stand before it instead of a comma.
    pub lead: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentKind {
    Any,
    Text,
    Number,
    List,
    Map,
}

/// What a command does; [`super::request`] carries it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Command {
    TalkTo,
    SendFile,
    SendImage,
    SendAudio,
    SendVideo,
    SendFileTo,
    SendTo,
    Broadcast,
    Typing,
    Suggest,
    AddSuggestion,
    ClearSuggestions,
    React,
    Log,
    LogWarning,
    LogError,
    Wait,
    WaitForEvent,
    SetSession,
    GetSession,
    SetBot,
    SetUser,
    SetBotMemory,
    GetBotMemory,
    SetUserMemory,
    GetUserMemory,
    Remember,
    Recall,
    TransferToHuman,
    Notify,
    Sentiment,
    Intent,
    Fail,
    GetQueue,
    NextInQueue,
    NextAttendant,
    Assign,
    Resolve,
    SetPriority,
    GetAttendants,
    AttendantStats,
    SetAttendantStatus,
    Tag,
    AddNote,
    CustomerHistory,
    Tips,
    Polish,
    SmartReplies,
    Summary,
    AnalyzeSentiment,
    Find,
    First,
    Create,
    Update,
    Save,
    Insert,
    Merge,
    Delete,
    Filter,
    CreateMeeting,
    RequestScreenShare,
    CallPhone,
    Llm,
    UseKb,
    ClearKb,
    ThinkKb,
    UseTool,
    ClearTools,
    UseModel,
    UseWebsite,
    SetContext,
    SystemPrompt,
    Answer,
    Classify,
    Summarize,
    Translate,
    Extract,
    ReadDocument,
    HttpGet,
    HttpPost,
    HttpPut,
    HttpPatch,
    HttpDelete,
    SetHeader,
    ClearHeaders,
    Mcp,
    SendMail,
    SendSms,
    StartJourney,
    CreateTicket,
    PublishEvent,
}

use Category::*;
use Command as C;

/// Name, arguments, category, help in Portuguese and English. Arguments: `name:type`, `?` when it may be left out, `*`
/// when it takes all that follow, `LEAD=` for the word that stands before it. Types: `a`ny, `t`ext, `n`umber, `l`ist,
/// `m`ap.
type Row = (&'static str, Command, &'static str, Category, &'static str, &'static str);

const ROWS: &[Row] = &[
    (
        "TALK TO",
        C::TalkTo,
        "recipient:a text:a",
        Conversation,
        "Manda uma mensagem a outra pessoa: \"whatsapp:+55…\", e-mail ou contato",
        "Sends a message to somebody else: \"whatsapp:+55…\", e-mail or contact",
    ),
    (
        "TALK IMAGE",
        C::SendImage,
        "url:t caption:t?",
        Conversation,
        "Manda uma imagem ao cliente",
        "Sends the customer an image",
    ),
    (
        "TALK FILE",
        C::SendFile,
        "url:t caption:t?",
        Conversation,
        "Manda um arquivo ao cliente",
        "Sends the customer a file",
    ),
    (
        "TALK AUDIO",
        C::SendAudio,
        "url:t caption:t?",
        Conversation,
        "Manda um áudio ao cliente",
        "Sends the customer an audio",
    ),
    (
        "TALK VIDEO",
        C::SendVideo,
        "url:t caption:t?",
        Conversation,
        "Manda um vídeo ao cliente",
        "Sends the customer a video",
    ),
    (
        "SEND FILE TO",
        C::SendFileTo,
        "recipient:a file:a caption:t?",
        Conversation,
        "Manda um arquivo a outra pessoa",
        "Sends a file to somebody else",
    ),
    (
        "SEND TO",
        C::SendTo,
        "channel:t address:t text:a?",
        Conversation,
        "Manda um texto por um canal, respeitado o consentimento",
        "Sends a text by a channel, consent respected",
    ),
    (
        "SEND SMS",
        C::SendSms,
        "to:t text:a",
        Conversation,
        "Manda um SMS, respeitado o consentimento",
        "Sends an SMS, consent respected",
    ),
    (
        "BROADCAST",
        C::Broadcast,
        "text:a TO=recipients:a",
        Conversation,
        "Manda um texto a uma lista de pessoas",
        "Sends a text to a list of people",
    ),
    ("TYPING", C::Typing, "on:a?", Conversation, "Mostra \"digitando…\"", "Shows \"typing…\""),
    (
        "SUGGEST",
        C::Suggest,
        "choices:a*",
        Conversation,
        "Oferece respostas prontas, como botões onde houver",
        "Offers ready answers, as buttons where there are any",
    ),
    (
        "ADD SUGGESTION",
        C::AddSuggestion,
        "value:a AS=label:a?",
        Conversation,
        "Acrescenta uma resposta pronta",
        "Adds one ready answer",
    ),
    (
        "ADD SUGGESTION TEXT",
        C::AddSuggestion,
        "value:a AS=label:a?",
        Conversation,
        "Acrescenta uma resposta pronta",
        "Adds one ready answer",
    ),
    (
        "CLEAR SUGGESTIONS",
        C::ClearSuggestions,
        "",
        Conversation,
        "Retira as respostas prontas",
        "Removes the ready answers",
    ),
    (
        "REACT",
        C::React,
        "emoji:t",
        Conversation,
        "Reage à última mensagem do cliente",
        "Reacts to the customer's last message",
    ),
    ("PRINT", C::Log, "text:a", Conversation, "Escreve no registro do bot", "Writes to the bot's log"),
    ("LOG INFO", C::Log, "text:a", Conversation, "Escreve no registro do bot", "Writes to the bot's log"),
    ("LOG DEBUG", C::Log, "text:a", Conversation, "Escreve no registro do bot", "Writes to the bot's log"),
    (
        "LOG WARN",
        C::LogWarning,
        "text:a",
        Conversation,
        "Escreve um aviso no registro do bot",
        "Writes a warning to the bot's log",
    ),
    (
        "LOG ERROR",
        C::LogError,
        "text:a",
        Conversation,
        "Escreve um erro no registro do bot",
        "Writes an error to the bot's log",
    ),
    ("WAIT", C::Wait, "seconds:n", Conversation, "Espera estes segundos", "Waits these seconds"),
    (
        "SET SESSION",
        C::SetSession,
        "name:t value:a",
        Session,
        "Guarda um valor na conversa",
        "Keeps a value with the conversation",
    ),
    ("GET SESSION", C::GetSession, "name:t", Session, "Lê um valor da conversa", "Reads a value of the conversation"),
    (
        "SET BOT",
        C::SetBot,
        "name:t value:a?",
        Session,
        "Guarda um valor para o bot, lido com GET BOT MEMORY; só com um nome, passa a conversa a esse bot",
        "Keeps a value for the bot, read by GET BOT MEMORY; with a name alone, hands the conversation to that bot",
    ),
    (
        "SET USER",
        C::SetUser,
        "name:a value:a?",
        Session,
        "Guarda um valor sobre o contato, lido com GET USER MEMORY; só com um contato, liga a conversa a ele",
        "Keeps a value about the contact, read by GET USER MEMORY; with a contact alone, ties the conversation to them",
    ),
    (
        "SET BOT MEMORY",
        C::SetBotMemory,
        "name:t value:a",
        Session,
        "Guarda um valor para todas as conversas do bot",
        "Keeps a value for all conversations of the bot",
    ),
    (
        "GET BOT MEMORY",
        C::GetBotMemory,
        "name:t",
        Session,
        "Lê um valor guardado para o bot",
        "Reads a value kept for the bot",
    ),
    (
        "SET USER MEMORY",
        C::SetUserMemory,
        "name:t value:a",
        Session,
        "Guarda um valor sobre o contato",
        "Keeps a value about the contact",
    ),
    (
        "GET USER MEMORY",
        C::GetUserMemory,
        "name:t",
        Session,
        "Lê um valor guardado sobre o contato",
        "Reads a value kept about the contact",
    ),
    (
        "REMEMBER",
        C::Remember,
        "name:t value:a ttl:a?",
        Session,
        "Guarda um valor sobre o contato, com validade em segundos",
        "Keeps a value about the contact, for so many seconds",
    ),
    ("RECALL", C::Recall, "name:t", Session, "Lê o que REMEMBER guardou", "Reads what REMEMBER kept"),
    (
        "TRANSFER TO HUMAN",
        C::TransferToHuman,
        "who:a? priority:a? reason:a? destination:a?",
        Humans,
        "Passa a conversa a uma pessoa ou fila",
        "Hands the conversation to a person or queue",
    ),
    ("NOTIFY", C::Notify, "attendant:a text:a", Humans, "Avisa um atendente", "Tells an attendant"),
    (
        "SENTIMENT",
        C::Sentiment,
        "text:a",
        Humans,
        "De -1 (muito negativo) a 1 (muito positivo)",
        "From -1 (very negative) to 1 (very positive)",
    ),
    (
        "INTENT",
        C::Intent,
        "text:a",
        Humans,
        "A intenção de um texto, como \"price\" ou \"escalate\"",
        "The intent of a text, such as \"price\" or \"escalate\"",
    ),
    (
        "FAIL",
        C::Fail,
        "reason:a?",
        Humans,
        "Conta um turno sem resposta; depois de três, uma pessoa assume",
        "Counts a turn without an answer; after three a person takes over",
    ),
    (
        "GET QUEUE",
        C::GetQueue,
        "filter:t?",
        Floor,
        "As conversas em espera: {total, waiting, items}",
        "The waiting conversations: {total, waiting, items}",
    ),
    (
        "NEXT IN QUEUE",
        C::NextInQueue,
        "filter:t?",
        Floor,
        "A próxima conversa da fila",
        "The next conversation of the queue",
    ),
    (
        "NEXT ATTENDANT",
        C::NextAttendant,
        "strategy:t?",
        Floor,
        "Quem atende a próxima: \"least-loaded\", \"round-robin\"",
        "Who takes the next one: \"least-loaded\", \"round-robin\"",
    ),
    (
        "ASSIGN CONVERSATION",
        C::Assign,
        "conversation:a TO=attendant:a",
        Floor,
        "Oferece uma conversa a um atendente",
        "Offers a conversation to an attendant",
    ),
    (
        "RESOLVE CONVERSATION",
        C::Resolve,
        "conversation:a WITH=reason:a?",
        Floor,
        "Encerra uma conversa",
        "Resolves a conversation",
    ),
    (
        "SET PRIORITY",
        C::SetPriority,
        "conversation:a TO=priority:a",
        Floor,
        "Muda a prioridade: low, normal, high, urgent",
        "Changes the priority: low, normal, high, urgent",
    ),
    ("GET ATTENDANTS", C::GetAttendants, "status:t?", Floor, "Os atendentes", "The attendants"),
    (
        "GET ATTENDANTS WITH STATUS",
        C::GetAttendants,
        "status:t",
        Floor,
        "Os atendentes com este status",
        "The attendants of that status",
    ),
    (
        "GET ATTENDANT STATS",
        C::AttendantStats,
        "attendant:a",
        Floor,
        "Os números de um atendente",
        "The figures of an attendant",
    ),
    (
        "SET ATTENDANT STATUS",
        C::SetAttendantStatus,
        "attendant:a TO=status:t",
        Floor,
        "Muda o status de um atendente",
        "Changes the status of an attendant",
    ),
    (
        "TAG CONVERSATION",
        C::Tag,
        "conversation:a WITH=tag:a",
        Floor,
        "Põe uma etiqueta em uma conversa",
        "Tags a conversation",
    ),
    (
        "ADD NOTE",
        C::AddNote,
        "conversation:a TO=text:a",
        Floor,
        "Põe uma nota interna em uma conversa",
        "Adds an internal note to a conversation",
    ),
    (
        "GET CUSTOMER HISTORY",
        C::CustomerHistory,
        "contact:a",
        Floor,
        "As conversas anteriores de um contato",
        "The earlier conversations of a contact",
    ),
    ("GET TIPS", C::Tips, "conversation:a? message:a?", Floor, "Dicas para quem atende", "Tips for who attends"),
    ("POLISH MESSAGE", C::Polish, "message:a tone:t?", Floor, "Melhora um texto", "Improves a text"),
    ("GET SMART REPLIES", C::SmartReplies, "conversation:a?", Floor, "Respostas sugeridas", "Suggested replies"),
    ("GET SUMMARY", C::Summary, "conversation:a?", Floor, "O resumo de uma conversa", "The summary of a conversation"),
    (
        "ANALYZE SENTIMENT",
        C::AnalyzeSentiment,
        "conversation:a message:a?",
        Floor,
        "O sentimento de uma mensagem: {overall, score, escalation_risk}",
        "The sentiment of a message: {overall, score, escalation_risk}",
    ),
    (
        "FIND",
        C::Find,
        "table:t filter:a? values:a*",
        Data,
        "Procura linhas: FIND \"contacts\", \"city = ? and age > 18\", cidade",
        "Looks for rows: FIND \"contacts\", \"city = ? and age > 18\", city",
    ),
    (
        "FIRST",
        C::First,
        "table:a filter:a? values:a*",
        Data,
        "A primeira linha achada, ou o primeiro item de uma lista",
        "The first row found, or the first item of a list",
    ),
    ("CREATE", C::Create, "table:t row:m", Data, "Cria uma linha", "Creates a row"),
    (
        "UPDATE",
        C::Update,
        "table:t which:a row:m",
        Data,
        "Muda uma linha pelo id, ou as que o filtro acha",
        "Changes a row by id, or those a filter finds",
    ),
    (
        "SAVE",
        C::Save,
        "table:t values:a*",
        Data,
        "Grava uma linha: um mapa, ou os valores em ordem",
        "Saves a row: a map, or the values in order",
    ),
    ("INSERT", C::Insert, "table:t row:m", Data, "Cria uma linha", "Creates a row"),
    (
        "MERGE",
        C::Merge,
        "table:t which:a row:m",
        Data,
        "Muda a linha que o filtro acha, ou a cria",
        "Changes the row a filter finds, or creates it",
    ),
    (
        "DELETE",
        C::Delete,
        "table:t which:a",
        Data,
        "Apaga uma linha pelo id, ou as que o filtro acha",
        "Deletes a row by id, or those a filter finds",
    ),
    (
        "FILTER",
        C::Filter,
        "list:a filter:t",
        Data,
        "Os itens de uma lista que passam no filtro",
        "The items of a list that pass the filter",
    ),
    (
        "CREATE MEETING",
        C::CreateMeeting,
        "meeting:m",
        Meetings,
        "Abre uma sala: {success, room_id, join_url}",
        "Opens a room: {success, room_id, join_url}",
    ),
    (
        "REQUEST SCREEN SHARE",
        C::RequestScreenShare,
        "meeting:a",
        Meetings,
        "Pede que compartilhem a tela",
        "Asks to share the screen",
    ),
    ("CALL", C::CallPhone, "phone:t", Meetings, "Liga para um telefone", "Calls a phone"),
    ("LLM", C::Llm, "prompt:a", Intelligence, "Pergunta ao modelo de linguagem", "Asks the language model"),
    ("USE KB", C::UseKb, "name:t", Intelligence, "Liga uma base de conhecimento", "Switches a knowledge base on"),
    ("CLEAR KB", C::ClearKb, "name:t?", Intelligence, "Desliga uma base, ou todas", "Switches a base off, or all"),
    (
        "THINK KB",
        C::ThinkKb,
        "question:a",
        Intelligence,
        "Procura na base de conhecimento",
        "Searches the knowledge base",
    ),
    (
        "USE TOOL",
        C::UseTool,
        "name:t",
        Intelligence,
        "Permite ao modelo usar uma ferramenta",
        "Lets the model use a tool",
    ),
    (
        "CLEAR TOOLS",
        C::ClearTools,
        "",
        Intelligence,
        "Retira as ferramentas do modelo",
        "Takes the tools from the model",
    ),
    ("USE MODEL", C::UseModel, "name:t", Intelligence, "Escolhe o modelo", "Chooses the model"),
    (
        "USE WEBSITE",
        C::UseWebsite,
        "url:t REFRESH=every:t?",
        Intelligence,
        "Usa um site como conhecimento",
        "Uses a web site as knowledge",
    ),
    (
        "SET CONTEXT",
        C::SetContext,
        "name:t AS=text:a",
        Intelligence,
        "Dá ao modelo um texto para levar em conta",
        "Gives the model a text to consider",
    ),
    (
        "SYSTEM PROMPT",
        C::SystemPrompt,
        "text:a",
        Intelligence,
        "As instruções do modelo",
        "The instructions of the model",
    ),
    (
        "ANSWER",
        C::Answer,
        "question:a",
        Intelligence,
        "Responde pela base de conhecimento, com as fontes",
        "Answers from the knowledge base, with sources",
    ),
    (
        "CLASSIFY",
        C::Classify,
        "text:a labels:a",
        Intelligence,
        "Qual destes rótulos cabe ao texto",
        "Which of these labels fits the text",
    ),
    ("SUMMARIZE", C::Summarize, "text:a", Intelligence, "Resume um texto", "Summarises a text"),
    ("TRANSLATE", C::Translate, "text:a language:t", Intelligence, "Traduz um texto", "Translates a text"),
    (
        "EXTRACT",
        C::Extract,
        "fields:a FROM=text:a",
        Intelligence,
        "Tira campos de um texto",
        "Takes fields out of a text",
    ),
    (
        "READ DOCUMENT",
        C::ReadDocument,
        "url:a fields:a?",
        Intelligence,
        "Lê uma imagem ou um documento",
        "Reads an image or document",
    ),
    (
        "OCR",
        C::ReadDocument,
        "url:a fields:a?",
        Intelligence,
        "Lê uma imagem ou um documento",
        "Reads an image or document",
    ),
    (
        "GET",
        C::HttpGet,
        "url:t headers:m? timeout:n?",
        Outside,
        "Busca um endereço da internet",
        "Fetches an address of the internet",
    ),
    (
        "POST",
        C::HttpPost,
        "url:t body:a headers:m? timeout:n?",
        Outside,
        "Envia dados a um endereço",
        "Sends data to an address",
    ),
    (
        "PUT",
        C::HttpPut,
        "url:t body:a headers:m? timeout:n?",
        Outside,
        "Envia dados a um endereço (PUT)",
        "Sends data to an address (PUT)",
    ),
    (
        "PATCH",
        C::HttpPatch,
        "url:t body:a headers:m? timeout:n?",
        Outside,
        "Envia dados a um endereço (PATCH)",
        "Sends data to an address (PATCH)",
    ),
    (
        "DELETE HTTP",
        C::HttpDelete,
        "url:t headers:m? timeout:n?",
        Outside,
        "Apaga em um endereço (DELETE)",
        "Deletes at an address (DELETE)",
    ),
    (
        "SET HEADER",
        C::SetHeader,
        "name:t value:a",
        Outside,
        "Um cabeçalho para os próximos GET e POST",
        "A header for the next GET and POST",
    ),
    ("CLEAR HEADERS", C::ClearHeaders, "", Outside, "Esquece os cabeçalhos", "Forgets the headers"),
    (
        "MCP",
        C::Mcp,
        "server:t tool:t arguments:m?",
        Outside,
        "Usa uma ferramenta de um servidor MCP",
        "Uses a tool of an MCP server",
    ),
    ("SEND MAIL", C::SendMail, "to:a subject:a body:a attachments:a?", Outside, "Manda um e-mail", "Sends an e-mail"),
    (
        "START JOURNEY",
        C::StartJourney,
        "name:t data:m?",
        Outside,
        "Começa uma jornada com o contato",
        "Starts a journey with the contact",
    ),
    ("CREATE TICKET", C::CreateTicket, "ticket:m", Outside, "Abre um chamado", "Opens a ticket"),
    (
        "PUBLISH EVENT",
        C::PublishEvent,
        "name:t data:a?",
        Events,
        "Avisa os scripts que esperam este evento",
        "Tells the scripts that wait for this event",
    ),
    (
        "WAIT FOR EVENT",
        C::WaitForEvent,
        "name:t TIMEOUT=seconds:n?",
        Events,
        "Espera um evento; null se o prazo passar",
        "Waits for an event; null when the time is over",
    ),
];

/// What the grammar itself reads: name, form, category, help.
const GRAMMAR: &[(&str, &str, Category, &str, &str)] = &[
    ("TALK", "TALK text", Conversation, "Diz algo ao cliente", "Says something to the customer"),
    (
        "BEGIN TALK",
        "BEGIN TALK … ${name} … END TALK",
        Conversation,
        "Diz um texto de várias linhas",
        "Says a text of several lines",
    ),
    (
        "HEAR",
        "HEAR x [AS type | AS \"a\", \"b\"]",
        Conversation,
        "Espera a resposta do cliente e a confere",
        "Waits for the customer's answer and checks it",
    ),
    (
        "BEGIN SYSTEM PROMPT",
        "BEGIN SYSTEM PROMPT … END SYSTEM PROMPT",
        Intelligence,
        "As instruções do modelo",
        "The instructions of the model",
    ),
    (
        "BEGIN MAIL",
        "BEGIN MAIL to … END MAIL",
        Outside,
        "Manda um e-mail de várias linhas; a primeira é o assunto",
        "Sends an e-mail of several lines; the first is the subject",
    ),
    ("IF", "IF a THEN … ELSEIF b THEN … ELSE … END IF", Flow, "Faz conforme a condição", "Does as the condition says"),
    (
        "SELECT CASE",
        "SELECT CASE x … CASE 1, 2 … CASE ELSE … END SELECT",
        Flow,
        "Escolhe entre vários casos",
        "Chooses among several cases",
    ),
    (
        "SWITCH",
        "SWITCH x … CASE 1 … DEFAULT … END SWITCH",
        Flow,
        "Escolhe entre vários casos",
        "Chooses among several cases",
    ),
    ("FOR", "FOR i = 1 TO 10 STEP 2 … NEXT", Flow, "Repete contando", "Repeats, counting"),
    ("FOR EACH", "FOR EACH x IN list … NEXT", Flow, "Repete para cada item", "Repeats for each item"),
    ("WHILE", "WHILE a … WEND", Flow, "Repete enquanto for verdade", "Repeats while it holds"),
    ("DO", "DO [WHILE a | UNTIL a] … LOOP [WHILE a | UNTIL a]", Flow, "Repete", "Repeats"),
    ("EXIT", "EXIT [FOR | WHILE | DO | SUB | FUNCTION]", Flow, "Sai do laço ou da SUB", "Leaves the loop or the SUB"),
    ("CONTINUE", "CONTINUE", Flow, "Passa à próxima volta do laço", "Goes to the next round of the loop"),
    ("SUB", "SUB name(a, b) … END SUB", Flow, "Um trecho com nome", "A part with a name"),
    (
        "FUNCTION",
        "FUNCTION name(a, b) … RETURN x … END FUNCTION",
        Flow,
        "Um cálculo com nome",
        "A calculation with a name",
    ),
    (
        "RETURN",
        "RETURN [x]",
        Flow,
        "Volta de onde foi chamado, com um resultado",
        "Goes back where it was called, with a result",
    ),
    (
        "WITH",
        "WITH x … .field = 1 … END WITH",
        Flow,
        "Abrevia o acesso aos campos de um mapa",
        "Shortens the way to the fields of a map",
    ),
    ("GOTO", "GOTO label", Flow, "Vai para a linha \"label:\"", "Goes to the line \"label:\""),
    (
        "ON ERROR GOTO",
        "ON ERROR GOTO label",
        Flow,
        "Vai para \"label:\" quando algo falhar",
        "Goes to \"label:\" when something fails",
    ),
    (
        "ON ERROR RESUME NEXT",
        "ON ERROR RESUME NEXT",
        Flow,
        "Segue adiante quando algo falhar; ERROR diz o quê",
        "Goes on when something fails; ERROR says what",
    ),
    (
        "RESUME",
        "RESUME [NEXT]",
        Flow,
        "Depois de um erro, tenta de novo ou segue adiante",
        "After an error, tries again or goes on",
    ),
    ("CLEAR ERROR", "CLEAR ERROR", Flow, "Esquece o último erro", "Forgets the last error"),
    ("THROW", "THROW text", Flow, "Causa um erro", "Causes an error"),
    ("END", "END", Flow, "Termina o script", "Ends the script"),
    ("DIM", "DIM x", Flow, "x pertence a esta SUB", "x belongs to this SUB"),
    ("GLOBAL", "GLOBAL x", Flow, "x é a variável do script principal", "x is the variable of the main script"),
    ("SET", "SET x = 1", Flow, "Guarda um valor em uma variável", "Keeps a value in a variable"),
    ("PUSH", "PUSH list, item", Data, "Põe um item no fim da lista", "Puts an item at the end of the list"),
    ("POP", "x = POP list", Data, "Tira o último item da lista", "Takes the last item off the list"),
    (
        "TABLE",
        "TABLE name … field AS TYPE … END TABLE",
        Data,
        "Declara uma tabela do bot",
        "Declares a table of the bot",
    ),
    (
        "PARAM",
        "PARAM x AS TYPE LIKE example DESCRIPTION text",
        Events,
        "Um dado que a ferramenta recebe",
        "A datum that the tool receives",
    ),
    (
        "DESCRIPTION",
        "DESCRIPTION text",
        Events,
        "O que o script faz, para o modelo",
        "What the script does, for the model",
    ),
    (
        "SET SCHEDULE",
        "SET SCHEDULE \"weekdays at 8am\"",
        Events,
        "Roda o script nestes horários",
        "Runs the script at these times",
    ),
    (
        "WEBHOOK",
        "WEBHOOK \"path\"",
        Events,
        "Roda o script quando chamarem este endereço",
        "Runs the script when this address is called",
    ),
    (
        "ON",
        "ON \"event\" | ON INSERT|UPDATE|DELETE OF \"table\" | ON MEETING name",
        Events,
        "Roda o script quando isto acontecer",
        "Runs the script when this happens",
    ),
];

/// Known from other dialects and not in ours: told by name, so that an import says exactly what is missing.
const LACKING: &[&str] = &[
    "ADD BOT",
    "ADD MEMBER",
    "ADD SUGGESTION TOOL",
    "ADD SWITCHER",
    "ASSIGN SMART",
    "BOOK",
    "BOOK MEETING",
    "CHECK AVAILABILITY",
    "CLEAR SWITCHERS",
    "COLLABORATE WITH",
    "COMPRESS",
    "COPY",
    "CREATE DRAFT",
    "CREATE SITE",
    "CREATE TASK",
    "CREATE TEAM",
    "DELEGATE",
    "DOWNLOAD",
    "EXPORT",
    "FILL",
    "FORECAST",
    "GENERATE PDF",
    "GRAPHQL",
    "IMPORT",
    "LIST BOTS",
    "MERGE PDF",
    "MOVE",
    "ORCHESTRATE WORKFLOW",
    "PAUSE",
    "PIVOT",
    "PLAY",
    "POST TO",
    "QR CODE",
    "REMOVE BOT",
    "REQUIRE APPROVAL",
    "RSS",
    "RUN BASH",
    "RUN JAVASCRIPT",
    "RUN PYTHON",
    "SAVE FROM UNSTRUCTURED",
    "SCAN BARCODE",
    "SCRAPE",
    "SEARCH PRODUCTS",
    "SEE",
    "SEND TEMPLATE",
    "SEND TO BOT",
    "SET BOT PRIORITY",
    "SOAP",
    "STOP",
    "UPLOAD",
    "USE ACCOUNT",
    "WEATHER",
];

/// Words that cannot name a variable.
pub const RESERVED: &[&str] = &[
    "and", "call", "case", "do", "dim", "each", "else", "elseif", "end", "endif", "exit", "false", "for", "function",
    "goto", "hear", "if", "loop", "mod", "next", "not", "null", "or", "return", "select", "sub", "switch", "talk",
    "then", "true", "until", "wend", "while",
];

/// Words that stand between the parts of a statement: after an expression they never begin another one.
pub const CONNECTIVES: &[&str] = &[
    "and",
    "as",
    "by",
    "contains",
    "description",
    "do",
    "else",
    "from",
    "goto",
    "in",
    "is",
    "like",
    "mod",
    "or",
    "refresh",
    "step",
    "then",
    "timeout",
    "to",
    "until",
    "using",
    "while",
    "with",
];

pub struct Table {
    pub all: Vec<Keyword>,
    /// Commands by their first word: their words in lower case and their position in `all`, longest first.
    by_first: HashMap<String, Vec<(String, usize)>>,
    lacking: HashMap<String, Vec<Vec<String>>>,
}

pub static TABLE: LazyLock<Table> = LazyLock::new(Table::build);

impl Table {
    fn build() -> Self {
        let mut all: Vec<Keyword> = Vec::with_capacity(ROWS.len() + GRAMMAR.len());
        for (name, command, arguments, category, help_pt, help_en) in ROWS {
            let arguments: Vec<Argument> = arguments.split_whitespace().map(argument).collect();
            let form = form(name, &arguments);
            let kind = KeywordKind::Command(*command, arguments);
            all.push(Keyword { name, form, category: *category, help_pt, help_en, kind });
        }
        for (name, form, category, help_pt, help_en) in GRAMMAR {
            let form = (*form).to_owned();
            all.push(Keyword { name, form, category: *category, help_pt, help_en, kind: KeywordKind::Grammar });
        }
        let mut by_first: HashMap<String, Vec<(String, usize)>> = HashMap::new();
        for (index, keyword) in all.iter().enumerate() {
            if matches!(keyword.kind, KeywordKind::Command(..)) {
                let words = keyword.name.to_lowercase();
                let first = words.split(' ').next().unwrap_or_default().to_owned();
                by_first.entry(first).or_default().push((words, index));
            }
        }
        for commands in by_first.values_mut() {
            commands.sort_by_key(|(words, _)| std::cmp::Reverse(words.split(' ').count()));
        }
        let mut lacking: HashMap<String, Vec<Vec<String>>> = HashMap::new();
        for name in LACKING {
            let words: Vec<String> = name.split(' ').map(str::to_lowercase).collect();
            lacking.entry(words.first().cloned().unwrap_or_default()).or_default().push(words);
        }
        Table { all, by_first, lacking }
    }

    /// Commands that begin with this word (lower case) and their words, longest first.
    pub fn commands(&'static self, first: &str) -> impl Iterator<Item = (&'static str, &'static Keyword)> {
        let commands = self.by_first.get(first).into_iter().flatten();
        commands.filter_map(|(words, index)| Some((words.as_str(), self.all.get(*index)?)))
    }

    pub fn command(&'static self, command: Command) -> Option<&'static Keyword> {
        self.all.iter().find(|keyword| matches!(keyword.kind, KeywordKind::Command(own, _) if own == command))
    }

    /// The keyword of another dialect that these words (lower case) begin with.
    pub fn lacking(&self, words: &[&str]) -> Option<String> {
        let known = self.lacking.get(*words.first()?)?;
        let longest = known
            .iter()
            .filter(|known| known.len() <= words.len() && known.iter().zip(words).all(|(known, word)| known == word));
        longest.max_by_key(|known| known.len()).map(|known| known.join(" ").to_uppercase())
    }
}

impl Keyword {
    pub fn arguments(&self) -> &[Argument] {
        match &self.kind {
            KeywordKind::Command(_, arguments) => arguments,
            KeywordKind::Grammar => &[],
        }
    }
}

pub(super) fn argument(text: &'static str) -> Argument {
    let (lead, rest) = match text.split_once('=') {
        Some((lead, rest)) => (Some(lead), rest),
        None => (None, text),
    };
    let (name, kind) = rest.split_once(':').unwrap_or((rest, "a"));
    let kind_of = match kind.as_bytes().first() {
        Some(b't') => ArgumentKind::Text,
        Some(b'n') => ArgumentKind::Number,
        Some(b'l') => ArgumentKind::List,
        Some(b'm') => ArgumentKind::Map,
        _ => ArgumentKind::Any,
    };
    Argument { name, kind: kind_of, optional: kind.ends_with('?'), rest: kind.ends_with('*'), lead }
}

/// `SET PRIORITY conversation TO priority`.
pub(super) fn form(name: &str, arguments: &[Argument]) -> String {
    let mut form = name.to_owned();
    for (index, argument) in arguments.iter().enumerate() {
        let mut part = match argument.lead {
            Some(lead) => format!(" {lead} {}", argument.name),
            None if index > 0 => format!(", {}", argument.name),
            None => format!(" {}", argument.name),
        };
        if argument.rest {
            part.push_str(", …");
        }
        form.push_str(&if argument.optional { format!(" [{}]", part.trim_start()) } else { part });
    }
    form
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_keyword_is_named_once_and_explained_in_both_languages() {
        let mut names = HashSet::new();
        for keyword in &TABLE.all {
            assert!(names.insert(keyword.name), "{} twice", keyword.name);
            assert!(!keyword.help_pt.is_empty() && !keyword.help_en.is_empty(), "{}", keyword.name);
            assert!(keyword.form.contains(keyword.name), "{}", keyword.form);
            let optional = keyword.arguments().iter().position(|argument| argument.optional);
            if let Some(first) = optional {
                let after = keyword.arguments().get(first..).unwrap_or_default();
                assert!(after.iter().all(|argument| argument.optional || argument.rest), "{}", keyword.name);
            }
        }
    }

    #[test]
    fn the_longest_name_is_tried_first() {
        let names: Vec<_> = TABLE.commands("get").map(|(words, _)| words.split(' ').count()).collect();
        assert!(names.is_sorted_by(|a, b| a >= b) && names.len() > 8, "{names:?}");
        assert_eq!(TABLE.lacking(&["add", "suggestion", "tool", "x"]).as_deref(), Some("ADD SUGGESTION TOOL"));
    }
}
