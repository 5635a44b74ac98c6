//! Runs random operations on memories, slots, images and stacks, and compares the parts with a plain model: each memory
//! is a vector of bytes. The seed of a failed run is in the message; FAASTA_SEED runs it again.

use super::number;
use super::random::Random;
use crate::image::Image;
use crate::memory::{Creator, Memories, with_image};
use crate::pages::PAGE;
use crate::stack;
use std::sync::Arc;
use wasmtime::{LinearMemory, MemoryCreator, MemoryType, StackCreator, StackMemory};

/// More pages than a slot keeps.
const SLOT_BYTES: usize = 384 * PAGE;
const MOST_LIVE: usize = 5;

/// An image, with its content for the model.
struct Source {
    image: Arc<Image>,
    start: usize,
    bytes: Vec<u8>,
    memory_bytes: usize,
}

impl Source {
    fn new(random: &mut Random) -> Self {
        let start = random.below(64) as usize * PAGE;
        let most = if random.below(4) == 0 { 300 } else { 12 };
        let pages = 1 + random.below(most) as usize;
        let bytes: Vec<u8> = (0..pages * PAGE).map(|_| random.next() as u8 | 1).collect();
        let least = (start + bytes.len()).next_multiple_of(1 << 16);
        let memory_bytes = (least + (random.below(3) as usize) * (1 << 16)).min(SLOT_BYTES);
        Self { image: Image::for_tests(start, &bytes, memory_bytes), start, bytes, memory_bytes }
    }
}

/// A memory, and the bytes that it should have.
struct Live {
    memory: Box<dyn LinearMemory>,
    model: Vec<u8>,
}

impl Live {
    fn bytes(&self, length: usize) -> &[u8] {
        // SAFETY: the whole slot is mapped, and the test alone uses it.
        unsafe { std::slice::from_raw_parts(self.memory.as_ptr(), length) }
    }

    /// Compares all bytes that a guest can read.
    fn check(&self, context: &dyn Fn() -> String) {
        assert_eq!(self.memory.byte_size(), self.model.len(), "{}", context());
        let bytes = self.bytes(self.model.len());
        if bytes != self.model {
            let at = bytes.iter().zip(&self.model).position(|(one, other)| one != other).unwrap_or_default();
            panic!("{}: byte {at} is {} and not {}", context(), bytes[at], self.model[at]);
        }
    }

    fn write(&mut self, at: usize, length: usize, value: u8) {
        let end = (at + length).min(self.model.len());
        if at < end {
            self.model[at..end].fill(value);
            // SAFETY: inside the memory's size; the test alone uses it.
            unsafe { self.memory.as_ptr().add(at).write_bytes(value, end - at) };
        }
    }
}

fn new_memory(creator: &Creator, source: Option<&Source>, minimum: usize) -> Live {
    let mut image = source.map(|source| source.image.clone());
    let memory = with_image(&mut image, || {
        creator.new_memory(MemoryType::new(1, None), minimum, None, None, 0).expect("a memory")
    });
    let mut model = vec![0; source.map_or(minimum, |source| source.memory_bytes)];
    if let Some(source) = source {
        model[source.start..source.start + source.bytes.len()].copy_from_slice(&source.bytes);
    }
    Live { memory, model }
}

fn memories_agree(seed: u64, steps: u64, keep: bool) {
    let random = &mut Random::new(seed);
    let memories = Memories::new(SLOT_BYTES, keep);
    let creator = Creator(memories.clone());
    let mut sources: Vec<Source> = (0..3).map(|_| Source::new(random)).collect();
    let mut live: Vec<Live> = Vec::new();
    for step in 0..steps {
        let context = || format!("FAASTA_SEED={seed}, step {step}, keep {keep}");
        let chosen = (!live.is_empty()).then(|| random.below(live.len() as u64) as usize);
        match (random.below(100), chosen) {
            (0..18, _) if live.len() < MOST_LIVE => {
                let source = match random.below(2) {
                    0 => None,
                    _ => sources.get(random.below(3) as usize),
                };
                let minimum = (1 + random.below(4) as usize) * (1 << 16);
                let minimum = source.map_or(minimum, |source| minimum.min(source.memory_bytes));
                let new = new_memory(&creator, source, minimum);
                new.check(&context);
                // The slot is as clean after the end of the memory, so that growing needs no clearing.
                let whole = new.bytes(SLOT_BYTES);
                assert!(whole[new.model.len()..].iter().all(|byte| *byte == 0), "{}", context());
                live.push(new);
            }
            (18..60, Some(at)) => {
                let size = live[at].model.len() as u64;
                let start = random.below(size) as usize;
                let length = match random.below(8) {
                    0 => random.below(size) as usize,
                    1..3 => PAGE * (1 + random.below(8) as usize),
                    _ => 1 + random.below(64) as usize,
                };
                // A written zero makes a page dirty too.
                live[at].write(start, length, (random.below(4) * 85) as u8);
            }
            (60..64, Some(at)) => {
                // One byte in each of many pages: more regions than one scan reports.
                let stride = PAGE * (1 + random.below(3) as usize);
                for place in (0..live[at].model.len()).step_by(stride) {
                    live[at].write(place, 1, 0xee);
                }
            }
            (64..72, Some(at)) => {
                let live = &mut live[at];
                let wanted = live.model.len() + (1 + random.below(3) as usize) * (1 << 16);
                let grown = live.memory.grow_to(wanted);
                assert_eq!(grown.is_ok(), wanted <= SLOT_BYTES, "{}", context());
                if grown.is_ok() {
                    live.model.resize(wanted, 0);
                }
            }
            (72..80, Some(at)) => live[at].check(&context),
            (80..96, Some(at)) => {
                let ended = live.swap_remove(at);
                ended.check(&context);
                drop(ended);
            }
            (96..98, _) => {
                // The component of an image is evicted; memories and slots may still have the image.
                sources[random.below(3) as usize] = Source::new(random);
            }
            (98.., _) => memories.trim(),
            _ => {}
        }
    }
    for live in &live {
        live.check(&|| format!("FAASTA_SEED={seed}, at the end"));
    }
}

#[test]
fn memories_agree_with_a_model() {
    let (seed, runs) = (number("FAASTA_SEED", 1), number("FAASTA_MODEL_RUNS", 40));
    for run in 0..runs {
        memories_agree(seed + run, 400, run % 5 != 4);
    }
}

/// Stacks do not overlap, have the wanted size, and a guard page below; the shelf is bounded, and a trim empties it.
fn stacks_agree(seed: u64, steps: u64) {
    const WARM: usize = 32; // `stack::WARM_STACKS`
    let random = &mut Random::new(seed);
    let creator = stack::Creator::default();
    let mut live: Vec<(Box<dyn StackMemory>, u8)> = Vec::new();
    let (mut waiting, mut fewest) = (0, 0);
    for step in 0..steps {
        let context = format!("FAASTA_SEED={seed}, step {step}");
        match random.below(20) {
            0..10 if live.len() < 2 * WARM => {
                let stack = creator.new_stack(1 << 15, false).expect("a stack");
                let range = stack.range();
                assert_eq!(range.len(), 1 << 15, "{context}");
                assert_eq!(stack.guard_range().end as usize, range.start, "{context}");
                assert!(range.start % PAGE == 0 && stack.top() as usize == range.end, "{context}");
                for (other, _) in &live {
                    let other = other.range();
                    assert!(range.end < other.start || other.end < range.start, "{context}: two stacks overlap");
                }
                let mark = random.next() as u8;
                // SAFETY: the range is the stack's, and no code runs on it.
                unsafe { (range.start as *mut u8).write_bytes(mark, range.len()) };
                live.push((stack, mark));
                waiting = usize::saturating_sub(waiting, 1);
                fewest = waiting.min(fewest);
            }
            10..19 if !live.is_empty() => {
                let (stack, mark) = live.swap_remove(random.below(live.len() as u64) as usize);
                // SAFETY: as above.
                let bytes =
                    unsafe { std::slice::from_raw_parts(stack.range().start as *const u8, stack.range().len()) };
                assert!(bytes.iter().all(|byte| *byte == mark), "{context}: another stack wrote here");
                drop(stack);
                waiting = (waiting + 1).min(WARM);
            }
            19 if random.below(8) == 0 => {
                creator.trim();
                waiting -= fewest;
                fewest = waiting;
            }
            _ => {}
        }
        assert_eq!(creator.waiting(), waiting, "{context}");
    }
}

#[test]
fn stacks_agree_with_a_model() {
    let (seed, runs) = (number("FAASTA_SEED", 1), number("FAASTA_MODEL_RUNS", 40));
    for run in 0..runs {
        stacks_agree(seed + run, 600);
    }
}
