//! A big log is read by one thread while another looks at what it has read.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use crate::explain::BLOCK_BYTES;

/// How many blocks may wait: memory stays bounded.
const BLOCKS: usize = 3;

/// The reading end.
pub(super) struct Ahead {
    full: Receiver<io::Result<Vec<u8>>>,
    /// Blocks to be filled again.
    empty: SyncSender<Vec<u8>>,
    block: Vec<u8>,
    taken: usize,
}

impl Ahead {
    /// Starts to read. The thread ends with the log, or when this end is dropped.
    pub(super) fn new(mut reader: impl Read + Send + 'static) -> Self {
        let (full_sender, full) = sync_channel(BLOCKS);
        let (empty, empty_receiver) = sync_channel::<Vec<u8>>(BLOCKS);
        for _ in 0..BLOCKS {
            // The channel has room for exactly these.
            let _ = empty.try_send(vec![0; BLOCK_BYTES]);
        }
        thread::spawn(move || {
            for mut block in empty_receiver {
                block.resize(BLOCK_BYTES, 0);
                let read = loop {
                    match reader.read(&mut block) {
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        read => break read,
                    }
                };
                let ends = !matches!(read, Ok(1..));
                let filled = read.map(|read| {
                    block.truncate(read);
                    block
                });
                if full_sender.send(filled).is_err() || ends {
                    break;
                }
            }
        });
        Self { full, empty, block: Vec::new(), taken: 0 }
    }
}

impl Read for Ahead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.block.len() {
            // A sender that has gone has sent the end before.
            let Ok(next) = self.full.recv() else { return Ok(0) };
            let done = std::mem::replace(&mut self.block, next?);
            self.taken = 0;
            let _ = self.empty.try_send(done);
        }
        let count = buffer.len().min(self.block.len() - self.taken);
        buffer[..count].copy_from_slice(&self.block[self.taken..self.taken + count]);
        self.taken += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_comes_in_its_order() {
        let bytes: Vec<u8> = (0..3 * BLOCK_BYTES + 77).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let mut read = Vec::new();
        Ahead::new(io::Cursor::new(bytes.clone())).read_to_end(&mut read).unwrap();
        assert!(read == bytes);
    }
}
