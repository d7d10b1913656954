//! What a refused request looks like on the wire: RFC 9457 `application/problem+json` (spec/20-api.md, conventions).
//! The one table from error codes to status and sentences. Handlers answer a [`Problem`]; `api/locale.rs` words it in
//! the caller's language and adds the request id. Sockets send the same shape inside their error frames.

use std::fmt::{self, Display};

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use crate::auth::jwt::TokenError;
use crate::auth::password::{HashError, Unacceptable};
use crate::auth::roles::Forbidden;
use crate::lang::{Lang, Message};
use crate::vault;

pub const CONTENT_TYPE: &str = "application/problem+json";
const TYPE_PREFIX: &str = "https://attendance.dev/problems/";

/// Seconds after which a caller may try again when what was away gives no better hint.
const RETRY_SECONDS: u64 = 2;

/// Values of the placeholders of a text: `{name}` and its value.
type Params = Vec<(&'static str, String)>;

struct Entry {
    code: &'static str,
    status: u16,
    title: (&'static str, &'static str),
    detail: (&'static str, &'static str),
}

/// Defines [`Code`] and its table: code, status, then title and detail, each in Portuguese and English.
macro_rules! codes {
    ($($name:ident $code:literal $status:literal $title_pt:literal $title_en:literal $detail_pt:literal $detail_en:literal;)+) => {
        /// Why a request is refused; stable on the wire, clients decide by it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($name),+ }

        impl Code {
            pub const ALL: &'static [Code] = &[$(Code::$name),+];

            const fn entry(self) -> Entry {
                match self {
                    $(Code::$name => Entry {
                        code: $code,
                        status: $status,
                        title: ($title_pt, $title_en),
                        detail: ($detail_pt, $detail_en),
                    }),+
                }
            }
        }
    };
}

codes! {
    Malformed "malformed" 400 "Pedido ilegível" "Malformed request"
        "o pedido não pôde ser lido: {reason}" "the request could not be read: {reason}";
    Unauthorized "unauthorized" 401 "Não autenticado" "Not authenticated"
        "entre com sua conta ou envie um token válido" "log in or send a valid token";
    InvalidCredentials "invalid_credentials" 401 "Não foi possível entrar" "Login refused"
        "e-mail ou senha incorretos, ou tentativas demais: aguarde um pouco"
        "wrong e-mail or password, or too many attempts: wait a little";
    TotpRequired "totp_required" 401 "Código necessário" "Code required"
        "informe o código do seu aplicativo autenticador" "give the code of your authenticator app";
    TotpInvalid "totp_invalid" 401 "Código incorreto" "Wrong code"
        "o código não confere ou já foi usado" "the code does not match or was used already";
    TokenExpired "token_expired" 401 "Sessão expirada" "Token expired"
        "o token de acesso expirou; renove-o" "the access token expired; refresh it";
    Forbidden "forbidden" 403 "Sem permissão" "Not allowed"
        "seu papel ou token não permite isto" "your role or token does not allow this";
    NotFound "not_found" 404 "Não encontrado" "Not found"
        "não existe ou não está visível para você" "it does not exist or is not visible to you";
    NoThumbnail "no_thumbnail" 404 "Sem miniatura" "No thumbnail"
        "não há miniatura deste arquivo" "there is no thumbnail of this file";
    MethodNotAllowed "method_not_allowed" 405 "Método não permitido" "Method not allowed"
        "este endereço não aceita este método" "this address does not accept this method";
    Conflict "conflict" 409 "Conflito" "Conflict"
        "o estado atual não permite isto" "the current state does not allow this";
    AlreadyTaken "already_taken" 409 "Já assumida" "Already taken"
        "já assumida por {name}" "already taken by {name}";
    InvalidTransition "invalid_transition" 409 "Transição inválida" "Invalid transition"
        "\"{command}\" não é possível no estado \"{state}\"" "\"{command}\" is not possible in state \"{state}\"";
    AtCapacity "at_capacity" 409 "Capacidade esgotada" "At capacity"
        "o atendente já está com o máximo de conversas" "the attendant already has the maximum of conversations";
    NothingWaiting "nothing_waiting" 409 "Fila vazia" "Queue empty"
        "não há conversa esperando por você" "no conversation is waiting for you";
    QueueFull "queue_full" 409 "Fila cheia" "Queue full"
        "a fila atingiu seu limite" "the queue reached its limit";
    NotOffered "not_offered" 409 "Não oferecida" "Not offered"
        "a conversa não está oferecida a você" "the conversation is not offered to you";
    NotAssigned "not_assigned" 409 "Não atribuída" "Not assigned"
        "a conversa não está com este atendente" "the conversation is not with this attendant";
    WindowClosed "window_closed" 409 "Janela fechada" "Window closed"
        "a janela de resposta deste canal fechou; use um modelo aprovado"
        "this channel's reply window has closed; use an approved template";
    FeatureDisabled "feature_disabled" 409 "Recurso desligado" "Feature disabled"
        "este recurso está desligado nas configurações" "this feature is switched off in the settings";
    Duplicate "duplicate" 409 "Duplicado" "Duplicate"
        "já existe um registro igual" "an equal record already exists";
    LastAdmin "last_admin" 409 "Último administrador" "Last administrator"
        "a organização precisa de ao menos um administrador ativo"
        "the organization needs at least one active administrator";
    InUse "in_use" 409 "Em uso" "In use"
        "ainda está em uso e não pode ser removido" "it is still in use and cannot be removed";
    IdempotencyMismatch "idempotency_mismatch" 422 "Chave de idempotência reutilizada" "Idempotency key reused"
        "esta Idempotency-Key já foi usada com outro conteúdo"
        "this Idempotency-Key was already used with different content";
    PreconditionFailed "precondition_failed" 412 "Alterado por outra pessoa" "Changed by someone else"
        "o registro mudou desde que você o leu; recarregue e tente de novo"
        "the record changed since you read it; reload and try again";
    PayloadTooLarge "payload_too_large" 413 "Conteúdo grande demais" "Payload too large"
        "o conteúdo passa do limite deste endereço" "the content exceeds the limit of this address";
    UnsupportedMediaType "unsupported_media_type" 415 "Tipo de conteúdo não aceito" "Unsupported media type"
        "este endereço não aceita este tipo de conteúdo" "this address does not accept this type of content";
    RangeNotSatisfiable "range_not_satisfiable" 416 "Trecho inexistente" "Range not satisfiable"
        "o trecho pedido está fora do arquivo" "the range asked for is outside of the file";
    Validation "validation" 422 "Dados inválidos" "Invalid data"
        "corrija os campos indicados" "correct the fields named";
    RateLimited "rate_limited" 429 "Pedidos demais" "Too many requests"
        "aguarde um pouco e tente de novo" "wait a little and try again";
    Internal "internal" 500 "Erro interno" "Internal error"
        "algo falhou do nosso lado; informe o request_id ao suporte"
        "something failed on our side; give the request_id to support";
    Overloaded "overloaded" 503 "Sobrecarregado" "Overloaded"
        "o servidor está ocupado; tente de novo em instantes" "the server is busy; try again shortly";
    DatabaseUnavailable "database_unavailable" 503 "Banco de dados indisponível" "Database unavailable"
        "o banco de dados não responde; tente de novo em instantes" "the database does not answer; try again shortly";
    StorageFull "storage_full" 503 "Armazenamento cheio" "Storage full"
        "não há espaço para gravar; avise o administrador" "there is no space left to write; tell the administrator";
}

impl Code {
    /// As on the wire.
    pub const fn as_str(self) -> &'static str {
        self.entry().code
    }

    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.entry().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// Defines [`FieldCode`] and its texts.
macro_rules! field_codes {
    ($($(#[$doc:meta])* $name:ident $code:literal $pt:literal $en:literal;)+) => {
        /// What is wrong with one field.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum FieldCode { $($(#[$doc])* $name),+ }

        impl FieldCode {
            pub const ALL: &'static [FieldCode] = &[$(FieldCode::$name),+];

            /// As on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(FieldCode::$name => $code),+ }
            }

            const fn texts(self) -> (&'static str, &'static str) {
                match self { $(FieldCode::$name => ($pt, $en)),+ }
            }
        }
    };
}

field_codes! {
    Required "required" "é obrigatório" "is required";
    Invalid "invalid" "não é válido {reason}" "is not valid {reason}";
    TooLong "too_long" "tem mais de {max} caracteres" "has more than {max} characters";
    TooShort "too_short" "tem menos de {min} caracteres" "has fewer than {min} characters";
    UnknownField "unknown_field" "não é um campo conhecido" "is not a known field";
    UnknownValue "unknown_value" "não é um valor conhecido {allowed}" "is not a known value {allowed}";
    NotFound "not_found" "aponta para algo que não existe" "refers to something that does not exist";
    Taken "taken" "já está em uso" "is already in use";
    Mismatch "mismatch" "não confere" "does not match";
    OutOfRange "out_of_range" "deve estar entre {min} e {max}" "must be between {min} and {max}";
}

/// One field that is wrong. `field` is its path in the request: `hours[0].start`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    pub field: String,
    pub code: FieldCode,
    params: Params,
    /// Why it is not valid; completes the code's text.
    reason: Option<Message>,
    /// Replaces the code's own text.
    message: Option<String>,
    /// Line and column, from 1, where the field holds a program or a file.
    position: Option<(u32, u32)>,
}

impl FieldError {
    pub fn new(field: impl Into<String>, code: FieldCode) -> Self {
        FieldError { field: field.into(), code, params: Vec::new(), reason: None, message: None, position: None }
    }

    pub fn required(field: impl Into<String>) -> Self {
        FieldError::new(field, FieldCode::Required)
    }

    /// `reason` completes "is not valid": (Portuguese, English), or a [`Message`].
    pub fn invalid(field: impl Into<String>, reason: impl Into<Message>) -> Self {
        FieldError { reason: Some(reason.into()), ..FieldError::new(field, FieldCode::Invalid) }
    }

    pub fn too_long(field: impl Into<String>, max: usize) -> Self {
        FieldError::new(field, FieldCode::TooLong).with("max", max)
    }

    pub fn too_short(field: impl Into<String>, min: usize) -> Self {
        FieldError::new(field, FieldCode::TooShort).with("min", min)
    }

    pub fn out_of_range(field: impl Into<String>, min: impl Display, max: impl Display) -> Self {
        FieldError::new(field, FieldCode::OutOfRange).with("min", min).with("max", max)
    }

    /// `allowed`: the values that are known.
    pub fn unknown_value(field: impl Into<String>, allowed: impl Display) -> Self {
        FieldError::new(field, FieldCode::UnknownValue).with("allowed", format!("({allowed})"))
    }

    /// A place in a program or file, in the words of its parser.
    pub fn at(field: impl Into<String>, line: u32, column: u32, message: impl Into<String>) -> Self {
        FieldError {
            message: Some(message.into()),
            position: Some((line, column)),
            ..FieldError::new(field, FieldCode::Invalid)
        }
    }

    fn with(mut self, name: &'static str, value: impl Display) -> Self {
        self.params.push((name, value.to_string()));
        self
    }

    fn render(&self, lang: Lang) -> FieldBody {
        let (pt, en) = self.code.texts();
        let mut params = self.params.clone();
        params.extend(self.reason.iter().map(|reason| ("reason", format!("({})", reason.get(lang)))));
        FieldBody {
            field: self.field.clone(),
            code: self.code.as_str(),
            message: self.message.clone().unwrap_or_else(|| fill(lang.pick(pt, en), &params)),
            line: self.position.map(|(line, _)| line),
            column: self.position.map(|(_, column)| column),
        }
    }
}

/// A refused request: a code with its parameters, worded when it is written.
#[derive(Debug)]
pub struct Problem {
    pub code: Code,
    params: Params,
    pub errors: Vec<FieldError>,
    /// Seconds, for the header of 429 and 503.
    pub retry_after: Option<u64>,
    /// Of a fault of ours: logged with the request id, never shown.
    pub(super) cause: Option<String>,
}

impl Problem {
    pub fn of(code: Code) -> Self {
        Problem { code, params: Vec::new(), errors: Vec::new(), retry_after: None, cause: None }
    }

    /// Fills `{name}` of the detail.
    pub fn with(mut self, name: &'static str, value: impl Display) -> Self {
        self.params.push((name, value.to_string()));
        self
    }

    /// 422 with what is wrong with each field.
    pub fn validation(errors: Vec<FieldError>) -> Self {
        Problem { errors, ..Problem::of(Code::Validation) }
    }

    /// 422 about one field.
    pub fn field(error: FieldError) -> Self {
        Problem::validation(vec![error])
    }

    /// 404, also for what exists and is not theirs to see.
    pub fn not_found() -> Self {
        Problem::of(Code::NotFound)
    }

    pub fn forbidden() -> Self {
        Problem::of(Code::Forbidden)
    }

    pub fn unauthorized() -> Self {
        Problem::of(Code::Unauthorized)
    }

    /// 409 (or the code's own status), with the detail's parameters.
    pub fn conflict(code: Code, params: &[(&'static str, &str)]) -> Self {
        params.iter().fold(Problem::of(code), |problem, (name, value)| problem.with(name, value))
    }

    /// 409: somebody else was faster.
    pub fn already_taken(name: impl Display) -> Self {
        Problem::of(Code::AlreadyTaken).with("name", name)
    }

    /// 409: the lifecycle has no such line. Both as on the wire.
    pub fn invalid_transition(state: impl Display, command: impl Display) -> Self {
        Problem::of(Code::InvalidTransition).with("state", state).with("command", command)
    }

    /// 503: busy for `retry_after` seconds. See also [`Problem::database_unavailable`].
    pub fn unavailable(retry_after: u64) -> Self {
        Problem { retry_after: Some(retry_after), ..Problem::of(Code::Overloaded) }
    }

    /// 503: the database is away. `cause` is logged.
    pub fn database_unavailable(cause: impl Display) -> Self {
        Problem {
            retry_after: Some(RETRY_SECONDS),
            cause: Some(cause.to_string()),
            ..Problem::of(Code::DatabaseUnavailable)
        }
    }

    /// 503: the disk is full. `cause` is logged.
    pub fn storage_full(cause: impl Display) -> Self {
        Problem { retry_after: Some(60), cause: Some(cause.to_string()), ..Problem::of(Code::StorageFull) }
    }

    /// 429 for `retry_after` seconds.
    pub fn too_many(retry_after: u64) -> Self {
        Problem { retry_after: Some(retry_after), ..Problem::of(Code::RateLimited) }
    }

    /// 400: not even readable. `detail` is a parser's sentence, in English.
    pub fn malformed(detail: impl Display) -> Self {
        Problem::of(Code::Malformed).with("reason", detail)
    }

    pub fn payload_too_large() -> Self {
        Problem::of(Code::PayloadTooLarge)
    }

    pub fn unsupported_media() -> Self {
        Problem::of(Code::UnsupportedMediaType)
    }

    pub fn precondition_failed() -> Self {
        Problem::of(Code::PreconditionFailed)
    }

    /// 500: a fault of ours. `cause` is logged with the request id and not shown.
    pub fn internal(cause: impl Display) -> Self {
        Problem { cause: Some(cause.to_string()), ..Problem::of(Code::Internal) }
    }

    /// What is logged and not shown.
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// The caller's fault, not ours: asking again changes nothing.
    pub fn is_refusal(&self) -> bool {
        self.code.status().is_client_error()
    }

    /// The problem of an answer that has only a status: actix-web's own 404, 405, 413 and the like.
    pub fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            401 => Problem::unauthorized(),
            403 => Problem::forbidden(),
            404 => Problem::not_found(),
            405 => Problem::of(Code::MethodNotAllowed),
            409 => Problem::of(Code::Conflict),
            412 => Problem::precondition_failed(),
            413 => Problem::payload_too_large(),
            415 => Problem::unsupported_media(),
            416 => Problem::of(Code::RangeNotSatisfiable),
            422 => Problem::of(Code::Validation),
            429 => Problem::too_many(RETRY_SECONDS),
            503 => Problem::unavailable(RETRY_SECONDS),
            400..=499 => Problem::malformed(status.canonical_reason().unwrap_or("bad request")),
            _ => Problem::internal(status),
        }
    }

    /// The body in a language; `request_id` is absent in socket frames.
    pub fn body(&self, lang: Lang, request_id: Option<&str>) -> ProblemBody {
        let entry = self.code.entry();
        ProblemBody {
            kind: format!("{TYPE_PREFIX}{}", entry.code),
            title: lang.pick(entry.title.0, entry.title.1),
            status: entry.status,
            detail: fill(lang.pick(entry.detail.0, entry.detail.1), &self.params),
            code: entry.code,
            errors: self.errors.iter().map(|error| error.render(lang)).collect(),
            request_id: request_id.map(str::to_owned),
        }
    }
}

/// The wire shape of a problem.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    #[serde(rename = "type")]
    pub kind: String,
    pub title: &'static str,
    pub status: u16,
    pub detail: String,
    pub code: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = FieldError)]
pub struct FieldBody {
    pub field: String,
    pub code: &'static str,
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
}

/// Puts values in the place of `{name}`; a placeholder without a value disappears.
fn fill(template: &str, params: &Params) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        text.push_str(before);
        if let Some((_, value)) = params.iter().find(|(param, _)| *param == name) {
            text.push_str(value);
        }
        rest = after;
    }
    text.push_str(rest);
    text.trim_end_matches([' ', ':']).to_owned()
}

impl Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())?;
        match &self.cause {
            Some(cause) => write!(f, ": {cause}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    /// In the default language; `api/locale.rs` words it again for the caller.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if let Some(seconds) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        if self.code.status() == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        let mut response = response.json(self.body(Lang::default(), None));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        response
    }
}

impl From<Forbidden> for Problem {
    fn from(_: Forbidden) -> Self {
        Problem::forbidden()
    }
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Expired => Problem::of(Code::TokenExpired),
            TokenError::Invalid => Problem::unauthorized(),
        }
    }
}

impl From<Unacceptable> for Problem {
    fn from(error: Unacceptable) -> Self {
        Problem::field(match error {
            Unacceptable::TooShort { min } => FieldError::too_short("password", min),
            Unacceptable::TooLong { max } => FieldError::too_long("password", max),
        })
    }
}

impl From<HashError> for Problem {
    fn from(error: HashError) -> Self {
        Problem::internal(error)
    }
}

impl From<vault::OpenError> for Problem {
    fn from(error: vault::OpenError) -> Self {
        Problem::internal(error)
    }
}

/// An actor that is gone or does not come to answer: busy, not broken.
impl From<actix::MailboxError> for Problem {
    fn from(error: actix::MailboxError) -> Self {
        Problem { cause: Some(error.to_string()), ..Problem::unavailable(RETRY_SECONDS) }
    }
}

/// A blocking thread that never ran: the server is stopping or full.
impl From<actix_web::error::BlockingError> for Problem {
    fn from(error: actix_web::error::BlockingError) -> Self {
        Problem { cause: Some(error.to_string()), ..Problem::unavailable(RETRY_SECONDS) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_validation_problem_has_the_documented_shape() {
        let problem =
            Problem::validation(vec![FieldError::required("name"), FieldError::out_of_range("limit", 1, 200)]);
        assert_eq!(
            serde_json::to_value(problem.body(Lang::En, Some("req-1"))).unwrap(),
            json!({
                "type": "https://attendance.dev/problems/validation",
                "title": "Invalid data",
                "status": 422,
                "detail": "correct the fields named",
                "code": "validation",
                "errors": [
                    {"field": "name", "code": "required", "message": "is required"},
                    {"field": "limit", "code": "out_of_range", "message": "must be between 1 and 200"},
                ],
                "request_id": "req-1",
            })
        );
    }

    #[test]
    fn parameters_are_said_in_both_languages() {
        let problem = Problem::already_taken("Maria");
        assert_eq!(problem.body(Lang::Pt, None).detail, "já assumida por Maria");
        assert_eq!(problem.body(Lang::En, None).detail, "already taken by Maria");
        let problem = Problem::conflict(Code::InvalidTransition, &[("state", "resolved"), ("command", "accept")]);
        assert_eq!(problem.body(Lang::En, None).detail, "\"accept\" is not possible in state \"resolved\"");
    }

    #[test]
    fn codes_are_unique_and_every_one_is_worded_in_both_languages() {
        let mut seen = std::collections::HashSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.as_str()), "{code:?}");
            assert_eq!(code.status().as_u16(), code.entry().status);
            let problem =
                Problem::of(*code).with("reason", "x").with("name", "x").with("state", "x").with("command", "x");
            let (pt, en) = (problem.body(Lang::Pt, None), problem.body(Lang::En, None));
            assert!(pt.title != en.title && pt.detail != en.detail, "{code:?}");
        }
        for code in FieldCode::ALL {
            let (pt, en) = code.texts();
            assert!(!pt.is_empty() && !en.is_empty() && pt != en);
        }
    }

    #[test]
    fn the_cause_of_a_fault_of_ours_is_not_shown() {
        let problem = Problem::internal("password hash: secret detail");
        let body = serde_json::to_string(&problem.body(Lang::En, None)).unwrap();
        assert!(!body.contains("secret detail"));
        assert!(problem.to_string().contains("secret detail"), "the log has it");
    }

    #[test]
    fn a_program_s_errors_carry_line_and_column() {
        let problem = Problem::field(FieldError::at("source", 3, 14, "expected THEN"));
        let body = serde_json::to_value(problem.body(Lang::Pt, None)).unwrap();
        assert_eq!(body["errors"][0]["line"], 3);
        assert_eq!(body["errors"][0]["message"], "expected THEN");
    }

    #[test]
    fn what_can_be_tried_again_says_when() {
        for problem in [Problem::unavailable(7), Problem::too_many(7)] {
            let response = problem.error_response();
            assert_eq!(response.headers().get("retry-after").unwrap(), "7");
            assert_eq!(response.headers().get("content-type").unwrap(), CONTENT_TYPE);
        }
    }

    proptest! {
        #[test]
        fn no_value_is_taken_for_a_placeholder(value in ".*") {
            let text = Problem::already_taken(&value).body(Lang::En, None).detail;
            let expected = format!("already taken by {value}");
            prop_assert_eq!(text, expected.trim_end_matches([' ', ':']));
        }

        #[test]
        fn every_status_has_a_problem(status in 400u16..600) {
            let status = StatusCode::from_u16(status).unwrap();
            let problem = Problem::of_status(status);
            prop_assert_eq!(problem.code.status().is_client_error(), status.is_client_error());
        }
    }
}
