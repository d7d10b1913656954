//! A mail server, as far as the product talks to it (RFC 5321): takes mails, refuses those to `ninguem@…`.

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::PATIENCE;

/// A mail that was taken.
#[derive(Debug, Default)]
pub struct Mail {
    pub from: String,
    pub to: Vec<String>,
    /// Headers and body as they came.
    pub text: String,
}

pub struct Smtp {
    pub port: u16,
    arriving: mpsc::UnboundedReceiver<Mail>,
}

impl Smtp {
    pub async fn start() -> Smtp {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (taken, arriving) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // One that breaks off has sent nothing.
                tokio::spawn(talk(stream, taken.clone()));
            }
        });
        Smtp { port, arriving }
    }

    /// The next mail that was taken.
    pub async fn next(&mut self) -> Mail {
        tokio::time::timeout(PATIENCE, self.arriving.recv()).await.expect("no mail was sent").unwrap()
    }
}

async fn talk(stream: TcpStream, taken: mpsc::UnboundedSender<Mail>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 mail.test ESMTP\r\n").await?;
    let (mut mail, mut line) = (Mail::default(), String::new());
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let address = || line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        let answer = match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
            "EHLO" => "250-mail.test\r\n250 8BITMIME\r\n",
            "MAIL" => {
                mail = Mail { from: address(), ..Mail::default() };
                "250 ok\r\n"
            }
            "RCPT" if address().starts_with("ninguem@") => "550 5.1.1 no such mailbox\r\n",
            "RCPT" => {
                mail.to.push(address());
                "250 ok\r\n"
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                loop {
                    line.clear();
                    stream.read_line(&mut line).await?;
                    if line == ".\r\n" {
                        break;
                    }
                    mail.text.push_str(&line);
                }
                // A scenario that has ended listens no more.
                let _ = taken.send(std::mem::take(&mut mail));
                "250 taken\r\n"
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "500 what\r\n",
        };
        stream.write_all(answer.as_bytes()).await?;
    }
}
