use super::*;

fn chunk_of<T: ?Sized>(block: &T) -> usize {
    let address = std::ptr::from_ref(block).cast::<u8>();
    assert!(is_in_chunk(address.cast_mut()), "not in a chunk");
    address as usize & !(CHUNK - 1)
}

/// Blocks that fill several chunks; all bytes of a block contain its number.
fn blocks(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|i| vec![(i % 251) as u8; 1000]).collect()
}

fn are_whole(blocks: &[Vec<u8>]) -> bool {
    blocks.iter().enumerate().all(|(i, bytes)| bytes.iter().all(|byte| *byte == (i % 251) as u8))
}

#[test]
fn blocks_outlive_the_load_and_others_are_the_systems() {
    reserve();
    let before = Box::new(1);
    let (loaded, bytes) = in_chunks(|| blocks(500));
    assert!(bytes >= 500_000, "{bytes}");
    let after = Box::new(2);
    assert!(are_whole(&loaded));
    chunk_of(&*loaded[0]);
    assert!(!is_in_chunk(std::ptr::from_ref(&*before).cast_mut().cast()));
    assert!(!is_in_chunk(std::ptr::from_ref(&*after).cast_mut().cast()));
}

#[test]
fn other_threads_free_and_chunks_are_used_again() {
    reserve();
    // If chunks were not used again, these loads would need about ten thousand chunks.
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..2 * CHUNKS / 100 {
                    let (loaded, _) = in_chunks(|| blocks(200));
                    assert!(are_whole(&loaded));
                    std::thread::scope(|inner| inner.spawn(move || drop(loaded)).join()).expect("frees");
                }
            });
        }
    });
    assert!(free().fresh < 1000);
}

#[test]
fn a_block_grows_where_it_is_or_moves_with_what_is_in_it() {
    reserve();
    let ((last, moved), bytes) = in_chunks(|| {
        let mut last: Vec<u8> = Vec::with_capacity(16);
        last.extend_from_slice(b"0123456789abcdef");
        let at = last.as_ptr();
        last.extend_from_slice(b"more");
        assert_eq!(last.as_ptr(), at);
        let mut moved: Vec<u8> = Vec::with_capacity(16);
        moved.extend_from_slice(b"0123456789abcdef");
        let _between = Box::new(0_u64);
        moved.extend_from_slice(b"more");
        (last, moved)
    });
    assert!((40..4096).contains(&bytes), "{bytes}"); // two strings of 20 bytes, with the unused part of their capacity
    assert_eq!(last, b"0123456789abcdefmore");
    assert_eq!(moved, last);
    let mut grown = moved;
    // The block does not fit into its chunk any more, and no component is being loaded: it moves to the system's
    // allocator.
    grown.extend(std::iter::repeat_n(7, CHUNK));
    assert!(grown.starts_with(b"0123456789abcdefmore") && grown[20..].iter().all(|byte| *byte == 7));
    assert!(!is_in_chunk(grown.as_mut_ptr()));
}

#[test]
fn what_is_large_or_far_aligned_is_the_systems() {
    reserve();
    let ((large, aligned), bytes) = in_chunks(|| {
        let layout = Layout::from_size_align(64, 2 * pages::PAGE).expect("a layout");
        // SAFETY: the layout has a size above 0, and the block is freed below.
        (vec![1_u8; LARGEST + 1], unsafe { std::alloc::alloc(layout) })
    });
    assert!(!is_in_chunk(large.as_ptr().cast_mut()) && !is_in_chunk(aligned));
    assert_eq!(bytes, LARGEST + 1 + 64); // blocks outside of chunks are counted too
    // SAFETY: allocated above with this layout.
    unsafe { std::alloc::dealloc(aligned, Layout::from_size_align_unchecked(64, 2 * pages::PAGE)) };
}

#[test]
fn zeroed_blocks_are_zero_in_a_used_chunk() {
    reserve();
    drop(in_chunks(|| blocks(300)));
    assert!(in_chunks(|| vec![0_u8; 8000]).0.iter().all(|byte| *byte == 0));
}

#[test]
fn a_panic_ends_the_load() {
    reserve();
    let panicked = std::panic::catch_unwind(|| in_chunks(|| panic!("on purpose")));
    assert!(panicked.is_err());
    assert!(!is_in_chunk(std::ptr::from_mut(&mut *Box::new(1_u8))));
}
