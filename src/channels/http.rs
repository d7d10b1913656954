//! The one place that calls providers. Carries requests and answers as plain data; what they mean is the adapter's
//! business, when to try again is the delivery's. Redirects are not followed: a provider's address answers itself or
//! not at all.

use std::error::Error as _;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;

use super::adapter::{Method, Request, Response};
use crate::config::Delivery;
use crate::net::{Guard, Refused};

const USER_AGENT: &str = concat!("attendance/", env!("CARGO_PKG_VERSION"));
/// A download may take this long in all; between two of its chunks the ordinary time-out counts.
const DOWNLOAD_TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// Why there is no answer. Texts never contain the address: some providers put the token in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// Connected or connecting, no complete answer in time. The provider may have acted.
    #[error("no answer in time")]
    Timeout,
    /// Not connected (name, network, TLS): the provider has seen nothing.
    #[error("cannot connect: {0}")]
    Connect(String),
    /// Connected, and the answer broke off or was not HTTP. The provider may have acted.
    #[error("connection broke: {0}")]
    Interrupted(String),
    /// Ours not to call.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The request cannot be put on the wire: a header or address we composed wrongly, or from a bad setting.
    #[error("unsendable request: {0}")]
    Unsendable(String),
    #[error("answer larger than {limit} bytes")]
    TooLarge { limit: u64 },
}

#[derive(Debug, thiserror::Error)]
#[error("cannot set up the HTTP client: {0}")]
pub struct SetupError(String);

/// Limits of one client; the configuration's section `delivery`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpLimits {
    pub connect_timeout: Duration,
    /// From the first byte out to the last byte in.
    pub timeout: Duration,
    /// Of an answer's body.
    pub answer_bytes: u64,
}

impl Default for HttpLimits {
    fn default() -> Self {
        HttpLimits::from(&Delivery::default())
    }
}

impl From<&Delivery> for HttpLimits {
    fn from(config: &Delivery) -> Self {
        HttpLimits {
            connect_timeout: Duration::from_secs(config.connect_timeout_seconds),
            timeout: Duration::from_secs(config.timeout_seconds),
            answer_bytes: config.answer_bytes,
        }
    }
}

/// Makes ring the cryptography of every TLS connection in the process. Call once at start; again does nothing.
pub fn install_crypto() {
    // The only error is that a provider is installed already, which is what we want.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Calls providers. Cheap to clone: clones share connections.
#[derive(Debug, Clone)]
pub struct Http {
    client: reqwest::Client,
    guard: Guard,
    limits: HttpLimits,
}

impl Http {
    /// Without CA certificates on the machine only plain `http` works, and the log says so: the product still starts.
    pub fn new(guard: Guard, limits: HttpLimits) -> Result<Self, SetupError> {
        install_crypto();
        let builder = || {
            reqwest::Client::builder()
                .user_agent(USER_AGENT)
                .redirect(Policy::none())
                .dns_resolver(guard)
                // A proxy would resolve names itself, behind the guard's back.
                .no_proxy()
                .referer(false)
                .connect_timeout(limits.connect_timeout)
                .read_timeout(limits.timeout)
                .pool_idle_timeout(Duration::from_secs(60))
        };
        let client = builder().build().or_else(|error| {
            tracing::warn!(error = %describe(&error), "no CA certificates: https calls will fail (install ca-certificates)");
            builder().tls_certs_only([]).build().map_err(|error| SetupError(describe(&error)))
        })?;
        Ok(Http { client, guard, limits })
    }

    /// Sends one request and reads the whole answer. Every status is an answer; [`HttpError`] means there was none.
    pub async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let mut download = self.open(request, self.limits.timeout, self.limits.answer_bytes).await?;
        let mut body = BytesMut::new();
        while let Some(chunk) = download.chunk().await? {
            body.extend_from_slice(&chunk);
        }
        Ok(Response { status: download.status, headers: download.headers, body: body.freeze() })
    }

    /// Sends one request and hands over the answer piece by piece, at most `limit` bytes: for media.
    pub async fn download(&self, request: Request, limit: u64) -> Result<Download, HttpError> {
        self.open(request, DOWNLOAD_TIMEOUT, limit).await
    }

    async fn open(&self, request: Request, timeout: Duration, limit: u64) -> Result<Download, HttpError> {
        let url = self.guard.check(&request.url)?;
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        let headers = headers(&request.headers)?;
        let sending = self.client.request(method, url).headers(headers).timeout(timeout).body(request.body).send();
        let answer = sending.await.map_err(classify)?;
        if answer.content_length().is_some_and(|length| length > limit) {
            return Err(HttpError::TooLarge { limit });
        }
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        Ok(Download { status: answer.status().as_u16(), headers, answer, limit, read: 0 })
    }
}

/// An answer whose body is still arriving. Header names are lower-case.
#[derive(Debug)]
pub struct Download {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    answer: reqwest::Response,
    limit: u64,
    read: u64,
}

impl Download {
    /// The next piece; none at the end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, HttpError> {
        let chunk = self.answer.chunk().await.map_err(classify)?;
        self.read += chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
        if self.read > self.limit { Err(HttpError::TooLarge { limit: self.limit }) } else { Ok(chunk) }
    }
}

fn headers(pairs: &[(String, String)]) -> Result<HeaderMap, HttpError> {
    let mut headers = HeaderMap::with_capacity(pairs.len());
    for (name, value) in pairs {
        // The value may be a credential: only the name is told.
        let unsendable = || HttpError::Unsendable(format!("header {name}"));
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable())?;
        headers.append(name, HeaderValue::from_str(value).map_err(|_| unsendable())?);
    }
    Ok(headers)
}

fn classify(error: reqwest::Error) -> HttpError {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(refused) = cause.downcast_ref::<Refused>() {
            return HttpError::Refused(refused.clone());
        }
        source = cause.source();
    }
    if error.is_connect() {
        HttpError::Connect(describe(&error))
    } else if error.is_timeout() {
        HttpError::Timeout
    } else if error.is_builder() {
        HttpError::Unsendable(describe(&error))
    } else {
        HttpError::Interrupted(describe(&error))
    }
}

/// The innermost cause, which says what happened and, unlike the outermost, not to which address.
fn describe(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    let mut depth = 0;
    while let Some(inner) = cause.source() {
        cause = inner;
        depth += 1;
    }
    if depth == 0 { "request failed".to_owned() } else { cause.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wiremock::matchers::{body_string, header, method, path};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    const OPEN: Guard = Guard { allow_private: true };

    fn http(limits: HttpLimits) -> Http {
        Http::new(OPEN, limits).unwrap()
    }

    fn post(url: String) -> Request {
        Request { method: Method::Post, url, headers: vec![("x-key".into(), "k".into())], body: b"hello".to_vec() }
    }

    async fn server(answer: ResponseTemplate) -> MockServer {
        let server = MockServer::start().await;
        Mock::given(method("POST")).and(path("/send")).respond_with(answer).mount(&server).await;
        server
    }

    #[tokio::test]
    async fn a_request_goes_out_as_composed_and_any_status_is_an_answer() {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .and(path("/send"))
            .and(header("x-key", "k"))
            .and(header("user-agent", USER_AGENT))
            .and(body_string("hello"))
            .respond_with(ResponseTemplate::new(429).insert_header("retry-after", "7").set_body_string("slow down"))
            .mount(&server)
            .await;
        let answer = http(HttpLimits::default()).send(post(format!("{}/send", server.uri()))).await.unwrap();
        assert_eq!((answer.status, &answer.body[..]), (429, &b"slow down"[..]));
        assert!(answer.headers.contains(&("retry-after".into(), "7".into())));
    }

    #[tokio::test]
    async fn an_answer_over_the_limit_is_cut() {
        let server = server(ResponseTemplate::new(200).set_body_bytes(vec![b'x'; 2000])).await;
        let http = http(HttpLimits { answer_bytes: 1000, ..HttpLimits::default() });
        let url = format!("{}/send", server.uri());
        assert_eq!(http.send(post(url.clone())).await.unwrap_err(), HttpError::TooLarge { limit: 1000 });
        let mut download = http.download(post(url), 2000).await.unwrap();
        let mut read = 0;
        while let Some(chunk) = download.chunk().await.unwrap() {
            read += chunk.len();
        }
        assert_eq!(read, 2000);
    }

    #[tokio::test]
    async fn a_silent_provider_is_a_timeout() {
        let server = server(ResponseTemplate::new(200).set_delay(Duration::from_secs(5))).await;
        let http = http(HttpLimits { timeout: Duration::from_millis(50), ..HttpLimits::default() });
        assert_eq!(http.send(post(format!("{}/send", server.uri()))).await.unwrap_err(), HttpError::Timeout);
    }

    #[tokio::test]
    async fn redirects_are_answers() {
        let server = server(ResponseTemplate::new(302).insert_header("location", "http://169.254.169.254/")).await;
        let answer = http(HttpLimits::default()).send(post(format!("{}/send", server.uri()))).await.unwrap();
        assert_eq!(answer.status, 302);
    }

    #[tokio::test]
    async fn a_closed_guard_refuses_literals_and_names() {
        let http = Http::new(Guard::default(), HttpLimits::default()).unwrap();
        for host in ["127.0.0.1", "localhost"] {
            let error = http.send(post(format!("http://{host}:9/x"))).await.unwrap_err();
            assert_eq!(error, HttpError::Refused(Refused::Address(host.into())));
        }
    }

    #[tokio::test]
    async fn errors_do_not_repeat_the_address() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let error = http(HttpLimits::default()).send(post(format!("http://127.0.0.1:{port}/bot123:TOKEN/send"))).await;
        let error = error.unwrap_err();
        assert!(matches!(error, HttpError::Connect(_)), "{error}");
        assert!(!error.to_string().contains("TOKEN"), "{error}");
    }

    #[tokio::test]
    async fn a_header_that_cannot_be_sent_is_named_without_its_value() {
        let mut request = post("http://127.0.0.1:9/".into());
        request.headers.push(("authorization".into(), "Bearer line\nbreak".into()));
        let error = http(HttpLimits::default()).send(request).await.unwrap_err();
        assert_eq!(error, HttpError::Unsendable("header authorization".into()));
    }
}
