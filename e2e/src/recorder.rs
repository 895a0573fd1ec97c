//! Stands between the browser and the proxy, keeps every byte that passes, and can cut the line.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A forwarding listener on the public port.
pub struct Recorder {
    address: SocketAddr,
    bytes: Arc<Mutex<Vec<u8>>>,
    cuts: watch::Sender<u64>,
}

impl Recorder {
    /// Listens on a free port and forwards to `target`, which need not be there yet.
    pub async fn start(target: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let cuts = watch::Sender::new(0);
        let (kept, cut) = (Arc::clone(&bytes), cuts.clone());
        tokio::spawn(async move {
            while let Ok((visitor, _)) = listener.accept().await {
                tokio::spawn(forward(visitor, target, Arc::clone(&kept), cut.subscribe()));
            }
        });
        Ok(Self { address, bytes, cuts })
    }

    /// The public address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Cuts every line there is at this moment, as a lost network does.
    pub fn cut(&self) {
        self.cuts.send_modify(|count| *count += 1);
    }

    /// Every byte that the proxy sent to the browser so far.
    pub fn sent_to_browser(&self) -> Vec<u8> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn forward(
    mut visitor: TcpStream,
    target: SocketAddr,
    kept: Arc<Mutex<Vec<u8>>>,
    mut cut: watch::Receiver<u64>,
) {
    let Ok(mut proxy) = TcpStream::connect(target).await else { return };
    let (mut from_visitor, mut to_visitor) = visitor.split();
    let (mut from_proxy, mut to_proxy) = proxy.split();
    let upwards = async {
        let copied = tokio::io::copy(&mut from_visitor, &mut to_proxy).await;
        drop(to_proxy.shutdown().await);
        copied.map(|_| ())
    };
    let downwards = async {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let count = from_proxy.read(&mut buffer).await?;
            if count == 0 {
                return to_visitor.shutdown().await;
            }
            kept.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&buffer[..count]);
            to_visitor.write_all(&buffer[..count]).await?;
        }
    };
    let both = async { drop(tokio::join!(upwards, downwards)) };
    tokio::select! {
        () = both => {}
        _ = cut.changed() => {}
    }
}
