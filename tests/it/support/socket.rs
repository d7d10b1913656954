//! A WebSocket client that waits for events.

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::PATIENCE;
use super::api::Api;

/// An open socket and everything it has been told.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub seen: Vec<Value>,
    /// What was seen but not yet waited for.
    unread: std::collections::VecDeque<Value>,
}

impl Socket {
    /// An attendant's console: connected, the `hello` read.
    pub async fn attendant(api: &Api) -> Socket {
        Socket::console(api, None).await
    }

    /// A console whose system keeps little of what it does not read.
    pub async fn narrow(api: &Api) -> Socket {
        Socket::console(api, Some(64 * 1024)).await
    }

    async fn console(api: &Api, buffer: Option<u32>) -> Socket {
        let protocols = ["attendance.v1", &format!("bearer.{}", api.token)];
        let mut socket = Socket::connect(&api.base, "/ws/attendant", &protocols, buffer).await.unwrap();
        socket.wait("hello", |_| true).await;
        socket
    }

    /// Any path with any subprotocols; the HTTP status when it is refused.
    pub async fn open(base: &str, path: &str, protocols: &[&str]) -> Result<Socket, u16> {
        Socket::connect(base, path, protocols, None).await
    }

    async fn connect(base: &str, path: &str, protocols: &[&str], buffer: Option<u32>) -> Result<Socket, u16> {
        let url = format!("{}{path}", base.replacen("http", "ws", 1));
        let mut request = url.into_client_request().unwrap();
        let named = protocols.join(", ").parse().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", named);
        let tcp = TcpSocket::new_v4().unwrap();
        if let Some(bytes) = buffer {
            tcp.set_recv_buffer_size(bytes).unwrap();
        }
        let address = base.trim_start_matches("http://").parse().unwrap();
        let stream = MaybeTlsStream::Plain(tcp.connect(address).await.unwrap());
        match tokio_tungstenite::client_async(request, stream).await {
            Ok((stream, _)) => Ok(Socket { stream, seen: Vec::new(), unread: Default::default() }),
            Err(tokio_tungstenite::tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    pub async fn send(&mut self, frame: Value) {
        self.stream.send(Message::text(frame.to_string())).await.unwrap();
    }

    async fn read(&mut self) -> Result<Value, Option<CloseFrame>> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => {
                    let frame: Value = serde_json::from_str(&text).unwrap();
                    self.seen.push(frame.clone());
                    return Ok(frame);
                }
                Some(Ok(Message::Close(frame))) => return Err(frame),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    /// Waits for a frame of this type that `matches`, passing over others (they stay for later waits).
    #[track_caller]
    pub fn wait<'a>(
        &'a mut self,
        kind: &'a str,
        matches: impl Fn(&Value) -> bool + 'a,
    ) -> impl Future<Output = Value> + 'a {
        let at = std::panic::Location::caller();
        async move {
            if let Some(place) = self.unread.iter().position(|frame| frame["type"] == kind && matches(frame)) {
                return self.unread.remove(place).unwrap();
            }
            let deadline = tokio::time::Instant::now() + PATIENCE;
            loop {
                match tokio::time::timeout_at(deadline, self.read()).await {
                    Ok(Ok(frame)) if frame["type"] == kind && matches(&frame) => return frame,
                    Ok(Ok(frame)) => self.unread.push_back(frame),
                    Ok(Err(close)) => panic!("{at}: closed ({close:?}) while waiting for {kind}"),
                    Err(_) => {
                        panic!("{at}: no {kind}; seen: {:#?}", self.seen.iter().map(|f| &f["type"]).collect::<Vec<_>>())
                    }
                }
            }
        }
    }

    /// The next frame, unless none comes for this long or the connection has ended.
    pub async fn any_within(&mut self, patience: std::time::Duration) -> Option<Value> {
        tokio::time::timeout(patience, self.read()).await.ok()?.ok()
    }

    /// What was seen so far is of no interest any more.
    pub fn forget(&mut self) {
        self.seen.clear();
        self.unread.clear();
    }

    /// Sends a frame with a `ref` and waits for its answer: `ack` or `error`.
    pub async fn ask(&mut self, mut frame: Value) -> Value {
        let reference = format!("r{}", self.seen.len());
        frame["ref"] = reference.clone().into();
        self.send(frame).await;
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let frame = tokio::time::timeout_at(deadline, self.read()).await.expect("no answer").expect("closed");
            if frame["ref"] == reference.as_str() {
                return frame;
            }
            self.unread.push_back(frame);
        }
    }

    /// Waits for the close frame's code.
    pub async fn closed(&mut self) -> Option<u16> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            match tokio::time::timeout_at(deadline, self.read()).await.expect("was not closed") {
                Ok(_) => {}
                Err(frame) => return frame.map(|frame| frame.code.into()),
            }
        }
    }

    /// The `seq` of every event seen so far, in the order of arrival.
    pub fn seqs(&self) -> Vec<i64> {
        self.seen.iter().filter(|frame| frame["type"] != "hello").filter_map(|frame| frame["seq"].as_i64()).collect()
    }
}
