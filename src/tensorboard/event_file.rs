//! The event file of one run, which TensorBoard draws during the run or later.
//!
//! The file is a sequence of records framed as in a TFRecord file (tensorflow.org/tutorials/load_data/tfrecord). Each record is an
//! `Event` in the encoding of protocol buffers (protobuf.dev/programming-guides/encoding). The field numbers are those of
//! `event.proto`, `summary.proto` and `tensor.proto` in tensorboard/compat/proto of TensorBoard's sources. We need so few of them
//! that the encoding is written by hand.
//!
//! A scalar is written as an f32. The format also allows a tensor of f64, but TensorBoard's default reader does not show those.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process;
use std::time::{SystemTime, UNIX_EPOCH};

use super::crc32c::crc32c;

/// The beginning of an event file's name; the second of its creation follows.
const PREFIX: &str = "events.out.tfevents.";

/// An event file that is being appended to.
pub struct EventFile {
    writer: BufWriter<File>,
}

impl EventFile {
    /// Creates an event file in `folder`, with the time `started` as its beginning.
    ///
    /// With `from_step` it continues the earlier event files there: their points up to that step stay, later ones are withdrawn.
    /// TensorBoard's reader in Python (`--load_fast=false`) withdraws all later points at once. Its default reader treats each tag
    /// by itself: a new point withdraws the older points at its step and later, so old points between `from_step` and a tag's
    /// first new point stay.
    ///
    /// # Errors
    /// If the file cannot be created or written.
    pub fn create(folder: &Path, started: SystemTime, from_step: Option<u64>) -> io::Result<EventFile> {
        // TensorBoard reads the files of a folder in the order of their names, and a restart withdraws points of files that were
        // read before. So the name of a new file must come last, even if the clock was set back.
        let seconds = (since_epoch(started) as u64).max(last_second(folder)?.map_or(0, |last| last + 1));
        let file = File::create_new(folder.join(format!("{PREFIX}{seconds:010}.{}", process::id())))?;
        let mut events = EventFile { writer: BufWriter::new(file) };
        // A start event withdraws its own step and all later ones. A reader ignores the first start event that it meets, so a file
        // that continues no other needs one too.
        let withdrawn = from_step.map_or(0, |kept| kept + 1);
        events.append(started, 0, Content::Version)?;
        events.append(started, withdrawn, Content::Start)?;
        events.flush()?;
        Ok(events)
    }

    /// Appends a point to the curve `tag`, rounded to an f32. Steps should grow: TensorBoard takes a point at or before the step of
    /// an earlier one as a correction and shows only the new point.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn scalar(&mut self, step: u64, tag: &str, value: f64) -> io::Result<()> {
        self.append(SystemTime::now(), step, Content::Scalar(tag, value as f32))
    }

    /// Appends a text, which TensorBoard shows as Markdown at step 0. Of several texts with the same tag it shows the last one.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn text(&mut self, tag: &str, text: &str) -> io::Result<()> {
        self.append(SystemTime::now(), 0, Content::Text(tag, text))
    }

    /// Flushes the buffer to the file.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }

    fn append(&mut self, time: SystemTime, step: u64, content: Content) -> io::Result<()> {
        // One call for a whole record: the buffer never splits a call, so the file ends between two records even while it grows.
        self.writer.write_all(&record(&event(since_epoch(time), step, content)))
    }
}

/// Seconds since 1970; 0 for an earlier time.
fn since_epoch(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// The largest second in the names of the event files in a folder.
fn last_second(folder: &Path) -> io::Result<Option<u64>> {
    let mut last = None;
    for entry in fs::read_dir(folder)? {
        last = last.max(second_in(&entry?.file_name().to_string_lossy()));
    }
    Ok(last)
}

/// Whether a file of this name is an event file.
pub fn is_event_file(name: &str) -> bool {
    name.starts_with(PREFIX)
}

fn second_in(name: &str) -> Option<u64> {
    name.strip_prefix(PREFIX)?.split('.').next()?.parse().ok()
}

/// A record: the length, the checksum of the length, the bytes, the checksum of the bytes.
fn record(bytes: &[u8]) -> Vec<u8> {
    let length = (bytes.len() as u64).to_le_bytes();
    let checksum = |bytes| masked_checksum(bytes).to_le_bytes();
    [&length[..], &checksum(&length), bytes, &checksum(bytes)].concat()
}

/// The checksum as the file has it: masked, because a CRC of bytes that contain their own CRC is weak.
fn masked_checksum(bytes: &[u8]) -> u32 {
    crc32c(bytes).rotate_right(15).wrapping_add(0xA282_EAD8)
}

/// The content of an event.
enum Content<'a> {
    /// The version of the format.
    Version,
    /// The run starts or restarts: earlier points at this step and later are withdrawn.
    Start,
    /// A point of the curve with this tag.
    Scalar(&'a str, f32),
    /// A text with this tag.
    Text(&'a str, &'a str),
}

/// An `Event`: its time in seconds since 1970, its step and its content. Fields are in the order of their numbers, as in the
/// official writers.
fn event(time: f64, step: u64, content: Content) -> Vec<u8> {
    let event = Message::default().double(1, time).integer(2, step);
    let event = match content {
        Content::Version => event.bytes(3, b"brain.Event:2"),
        Content::Start => event.message(7, Message::default().integer(1, 1)),
        Content::Scalar(tag, value) => {
            event.message(5, summary(Message::default().bytes(1, tag.as_bytes()).float(2, value)))
        }
        Content::Text(tag, text) => event.message(5, summary(text_value(tag, text))),
    };
    event.0
}

/// A `Summary` with one value.
fn summary(value: Message) -> Message {
    Message::default().message(1, value)
}

/// A `Summary.Value`: a tensor with one string, and the name of the plugin that shows it.
fn text_value(tag: &str, text: &str) -> Message {
    const DT_STRING: u64 = 7;
    let scalar_shape = Message::default();
    let tensor = Message::default().integer(1, DT_STRING).message(2, scalar_shape).bytes(8, text.as_bytes());
    let plugin = Message::default().bytes(1, b"text");
    let metadata = Message::default().message(1, plugin);
    Message::default().bytes(1, tag.as_bytes()).message(8, tensor).message(9, metadata)
}

/// A message in the encoding of protocol buffers. Each field begins with its number and the type of its encoding.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    /// An integer. Zero is left out: it is the value of an absent field.
    fn integer(self, field: u64, value: u64) -> Message {
        if value == 0 { self } else { self.varint(field << 3).varint(value) }
    }

    fn double(self, field: u64, value: f64) -> Message {
        self.varint(field << 3 | 1).raw(&value.to_le_bytes())
    }

    fn bytes(self, field: u64, value: &[u8]) -> Message {
        self.varint(field << 3 | 2).varint(value.len() as u64).raw(value)
    }

    fn message(self, field: u64, value: Message) -> Message {
        self.bytes(field, &value.0)
    }

    fn float(self, field: u64, value: f32) -> Message {
        self.varint(field << 3 | 5).raw(&value.to_le_bytes())
    }

    /// Seven bits per byte, the lowest first; the eighth bit says whether another byte follows.
    fn varint(mut self, mut value: u64) -> Message {
        while value > 0x7F {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.raw(&[value as u8])
    }

    fn raw(mut self, bytes: &[u8]) -> Message {
        self.0.extend_from_slice(bytes);
        self
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::Duration;

    use super::*;

    /// Written by tests/golden/tensorboard/make.py with TensorBoard's own classes.
    const GOLDEN: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/tensorboard/events.bin"));

    fn at(seconds: f64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs_f64(seconds)
    }

    fn paths_by_name(folder: &Path) -> Vec<PathBuf> {
        let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    }

    #[test]
    fn the_checksum_of_the_check_bytes_is_masked() {
        // 0xE3069283 turned right by 15 bits is 0x2507C60D; the sum with 0xA282EAD8 is 0xC78AB0E5.
        assert_eq!(masked_checksum(b"123456789"), 0xC78A_B0E5);
    }

    #[test]
    fn a_number_is_written_seven_bits_a_byte() {
        // 300 is the example in the documentation of the encoding.
        assert_eq!(Message::default().varint(300).0, [0b1010_1100, 0b0000_0010]);
        assert_eq!(Message::default().varint(127).0, [0x7F]);
        assert_eq!(Message::default().varint(128).0, [0x80, 0x01]);
    }

    #[test]
    fn the_bytes_are_those_of_tensorboards_own_writer() {
        let folder = tempfile::tempdir().unwrap();
        let mut events = EventFile::create(folder.path(), at(1_700_000_000.25), None).unwrap();
        let long = "0123456789".repeat(40);
        let mut append = |time, step, content| events.append(at(time), step, content).unwrap();
        append(
            1_700_000_000.5,
            0,
            Content::Text("configuration", "# A run\n\nwith *Markdown*, ünïcödé and\n\n    code"),
        );
        append(1_700_000_001.0, 0, Content::Scalar("episode/return", 0.0));
        append(1_700_000_001.5, 1, Content::Scalar("episode/return", -21.5));
        append(1_700_000_002.0, 300, Content::Scalar("update/größe", 0.1));
        append(1_700_000_002.5, 1 << 40, Content::Scalar("update/loss", f32::INFINITY));
        append(1_700_000_003.0, 0, Content::Text("long", &long));
        append(1_700_000_003.5, 0, Content::Text("empty", ""));
        append(1_700_000_004.0, 301, Content::Start);
        drop(events);
        let [path] = &paths_by_name(folder.path())[..] else { panic!("one file is there") };
        assert_eq!(fs::read(path).unwrap(), GOLDEN);
    }

    #[test]
    fn the_rows_at_the_step_continued_from_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        EventFile::create(folder.path(), at(5.0), Some(80)).unwrap();
        let start = record(&event(5.0, 81, Content::Start));
        assert!(fs::read(&paths_by_name(folder.path())[0]).unwrap().ends_with(&start));
    }

    #[test]
    fn a_continuation_is_read_last_even_if_the_clock_went_back() {
        let folder = tempfile::tempdir().unwrap();
        for (started, step) in [(1_000.0, None), (1_000.0, Some(1)), (900.0, Some(2))] {
            EventFile::create(folder.path(), at(started), step).unwrap();
        }
        let names: Vec<_> =
            paths_by_name(folder.path()).iter().map(|p| second_in(&p.file_name().unwrap().to_string_lossy())).collect();
        assert_eq!(names, [Some(1_000), Some(1_001), Some(1_002)]);
        // Names and not numbers are sorted, and the last file is the one that was made last.
        let last = fs::read(paths_by_name(folder.path()).pop().unwrap()).unwrap();
        assert!(last.ends_with(&record(&event(900.0, 3, Content::Start))));
    }

    #[test]
    fn the_file_ends_between_records_whenever_it_is_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let mut events = EventFile::create(folder.path(), at(5.0), None).unwrap();
        let path = paths_by_name(folder.path()).remove(0);
        for step in 0..1_000 {
            events.scalar(step, "tag", 1.0).unwrap();
            let mut rest = &fs::read(&path).unwrap()[..];
            while !rest.is_empty() {
                let length = u64::from_le_bytes(rest[..8].try_into().unwrap()) as usize;
                rest = &rest[8 + 4 + length + 4..];
            }
        }
    }
}
