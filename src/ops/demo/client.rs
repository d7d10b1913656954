//! Somebody with an account who works through the server's own doors: REST and the attendants' socket.

use std::cell::RefCell;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures_util::StreamExt;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::vault::Secret;

pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A client that goes to this machine and nowhere else.
pub fn http() -> Result<reqwest::Client> {
    let builder = || reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30));
    // Without CA certificates plain http still works.
    Ok(builder().build().or_else(|_| builder().tls_certs_only([]).build())?)
}

/// Opens a socket with these subprotocols.
pub async fn socket(base: &str, path: &str, protocols: &str) -> Result<Socket> {
    let mut request = format!("{}{path}", base.replacen("http", "ws", 1)).into_client_request()?;
    request.headers_mut().insert("sec-websocket-protocol", protocols.parse()?);
    let (socket, _) = tokio_tungstenite::connect_async(request).await.with_context(|| path.to_owned())?;
    Ok(socket)
}

/// The next frame that is JSON; none when the connection has ended.
pub async fn next(socket: &mut Socket) -> Option<Value> {
    loop {
        match socket.next().await? {
            Ok(Frame::Text(text)) => match serde_json::from_str(&text) {
                Ok(frame) => return Some(frame),
                Err(_) => continue,
            },
            Ok(Frame::Close(_)) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

pub struct Account {
    http: reqwest::Client,
    base: String,
    email: &'static str,
    password: Secret,
    token: RefCell<String>,
}

impl Account {
    pub fn new(http: reqwest::Client, base: String, email: &'static str, password: Secret) -> Account {
        Account { http, base, email, password, token: RefCell::default() }
    }

    async fn log_in(&self) -> Result<()> {
        let login = json!({"email": self.email, "password": self.password.expose()});
        let answer = self.http.post(format!("{}/api/auth/login", self.base)).json(&login).send().await?;
        ensure!(answer.status().is_success(), "login of {}: {}", self.email, answer.status());
        let answer: Value = answer.json().await?;
        let token = answer["access_token"].as_str().context("the login gave no token")?;
        *self.token.borrow_mut() = token.to_owned();
        Ok(())
    }

    /// Errors: the server says no.
    pub async fn call(&self, method: Method, path: &str, body: Value) -> Result<Value> {
        // Twice: a token ends after a while, and before the first call there is none.
        for _ in 0..2 {
            let token = self.token.borrow().clone();
            let mut request = self.http.request(method.clone(), format!("{}{path}", self.base)).bearer_auth(token);
            if !body.is_null() {
                request = request.json(&body);
            }
            let answer = request.send().await?;
            let status = answer.status();
            if status == reqwest::StatusCode::UNAUTHORIZED {
                self.log_in().await?;
                continue;
            }
            let answer: Value = answer.json().await.unwrap_or_default();
            ensure!(status.is_success(), "{method} {path}: {status} {}", answer["code"]);
            return Ok(answer);
        }
        bail!("{method} {path}: {} may not", self.email)
    }

    pub async fn get(&self, path: &str) -> Result<Value> {
        self.call(Method::GET, path, Value::Null).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Result<Value> {
        self.call(Method::POST, path, body).await
    }

    /// The attendants' socket, with a fresh login.
    pub async fn events(&self) -> Result<Socket> {
        self.log_in().await?;
        let protocols = format!("attendance.v1, bearer.{}", self.token.borrow());
        socket(&self.base, "/ws/attendant", &protocols).await
    }
}
