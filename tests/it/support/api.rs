//! A caller of the REST API.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::PATIENCE;
use super::server::Server;

/// Somebody with a credential; cheap to clone.
#[derive(Clone)]
pub struct Api {
    pub base: String,
    pub token: String,
    pub client: reqwest::Client,
}

/// An answer, read.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
    pub text: String,
}

impl Answer {
    /// The body of a good answer; fails the scenario otherwise.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.text);
        self.body
    }

    /// The problem's code of a refusal with this status.
    #[track_caller]
    pub fn refused(self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text);
        self.body["code"].as_str().unwrap_or_default().to_owned()
    }
}

pub fn client() -> reqwest::Client {
    reqwest::Client::builder().build().unwrap()
}

/// Waits for as long as an answer says before one should ask again.
pub async fn retry_after(headers: &reqwest::header::HeaderMap) {
    let seconds = headers["retry-after"].to_str().unwrap().parse().unwrap();
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

impl Api {
    /// Logs in.
    pub async fn login(server: &Server, email: &str, password: &str) -> Api {
        let anonymous = Api::anonymous(server);
        let body = json!({"email": email, "password": password});
        let token = anonymous.post("/api/auth/login", body).await.ok()["access_token"].as_str().unwrap().to_owned();
        Api { token, ..anonymous }
    }

    pub fn anonymous(server: &Server) -> Api {
        Api { base: server.base.clone(), token: String::new(), client: client() }
    }

    /// The same person on a server that was started again.
    pub fn at(&self, server: &Server) -> Api {
        Api { base: server.base.clone(), ..self.clone() }
    }

    /// The same place with another credential.
    pub fn with_token(&self, token: &str) -> Api {
        Api { token: token.to_owned(), ..self.clone() }
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let request = request.build().unwrap();
        let (method, url) = (request.method().clone(), request.url().clone());
        let response = self.client.execute(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        if method != Method::HEAD && url.as_str().starts_with(&self.base) {
            let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
            super::document::check(method.as_str(), url.path(), status, kind, &text);
        }
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status, headers, body, text }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// Waits until the server says that it can serve: again and again, as balancers do.
    pub async fn ready(&self) {
        let asking = async {
            loop {
                let answer = self.get("/readyz").await;
                match answer.status {
                    200 => return,
                    status => assert_eq!(status, 503),
                }
                retry_after(&answer.headers).await;
            }
        };
        tokio::time::timeout(PATIENCE, asking).await.expect("ready again");
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PUT, path).json(&body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }
}
