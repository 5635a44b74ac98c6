use super::*;
use crate::slot::KEEP_PAGES;

fn memories() -> Arc<Memories> {
    Memories::new(16 << 20, true)
}

fn all_zero(slot: &Slot) -> bool {
    // SAFETY: the test's own slot.
    unsafe { std::slice::from_raw_parts(slot.base, slot.bytes) }.iter().all(|byte| *byte == 0)
}

fn write(slot: &Slot, at: usize, bytes: usize) {
    // SAFETY: as above.
    unsafe { slot.base.add(at).write_bytes(0xa5, bytes) };
}

#[test]
fn a_slot_comes_back_clean_and_with_its_pages() {
    let memories = memories();
    let slot = memories.take(None).expect("a slot");
    let base = slot.base;
    write(&slot, 3, 1);
    write(&slot, 5 * pages::PAGE, 2 * pages::PAGE + 1);
    write(&slot, 127 * pages::PAGE, pages::PAGE);
    memories.put(slot, 128 * pages::PAGE);
    let again = memories.take(None).expect("a slot");
    assert_eq!(again.base, base);
    assert!(all_zero(&again));
}

#[test]
fn many_scattered_pages_are_found() {
    let memories = memories();
    let slot = memories.take(None).expect("a slot");
    // One scan of the page map reports fewer ranges than there are here.
    for page in (0..KEEP_PAGES * 2).step_by(2).take(KEEP_PAGES - 1) {
        write(&slot, page * pages::PAGE, 1);
    }
    memories.put(slot, 2 * KEEP_PAGES * pages::PAGE);
    assert_eq!(memories.shelf().warm.len(), usize::from(memories.keep));
    assert!(all_zero(&memories.take(None).expect("a slot")));
}

#[test]
fn what_is_too_much_to_keep_is_given_back() {
    let memories = memories();
    let slot = memories.take(None).expect("a slot");
    write(&slot, 0, (KEEP_PAGES + 1) * pages::PAGE);
    memories.put(slot, 16 << 20);
    memories.settle();
    let counts = |shelf: MutexGuard<'_, Shelf>| (shelf.warm.len(), shelf.bare.len());
    assert_eq!(counts(memories.shelf()), (0, 1));
    assert!(all_zero(&memories.take(None).expect("a slot")));
}

/// The thread that ended the call would have to take the shelf's lock, which the test holds.
#[test]
fn a_large_memory_is_given_back_by_another_thread() {
    let memories = memories();
    let slot = memories.take(None).expect("a slot");
    write(&slot, 0, LARGE + pages::PAGE);
    let (done, ended) = std::sync::mpsc::channel();
    let shelf = memories.shelf();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            memories.put(slot, LARGE + pages::PAGE);
            done.send(()).expect("the test waits");
        });
        let put = ended.recv_timeout(std::time::Duration::from_secs(10));
        drop(shelf);
        assert_eq!(put, Ok(()), "the end of the call waited for the pages");
    });
    memories.settle();
    assert_eq!(memories.shelf().bare.len(), 1);
    assert!(all_zero(&memories.take(None).expect("a slot")));
}

#[test]
fn large_memories_beyond_the_waiting_ones_are_given_back_at_once() {
    let memories = memories();
    let slots: Vec<Slot> = (0..20).map(|_| memories.take(None).expect("a slot")).collect();
    for slot in slots {
        write(&slot, 0, LARGE + pages::PAGE);
        memories.put(slot, LARGE + pages::PAGE);
    }
    memories.settle();
    assert_eq!((memories.slots(), memories.shelf().bare.len()), (20, 20));
    assert!((0..20).all(|_| all_zero(&memories.take(None).expect("a slot"))));
}

#[test]
fn without_the_page_map_everything_is_given_back() {
    let memories = Memories::new(1 << 20, false);
    let slot = memories.take(None).expect("a slot");
    write(&slot, 0, 1 << 20);
    memories.put(slot, 1 << 20);
    assert!(all_zero(&memories.take(None).expect("a slot")));
}

#[test]
fn an_image_is_there_again_after_each_use_and_gone_for_others() {
    let memories = memories();
    let image = Image::for_tests(2 * pages::PAGE, &[7; 3 * pages::PAGE], 16 * pages::PAGE);
    for _ in 0..3 {
        let slot = memories.take(Some(image.clone())).expect("a slot");
        // SAFETY: the test's own slot.
        let bytes = unsafe { std::slice::from_raw_parts(slot.base, 16 * pages::PAGE) };
        let expected = |i: usize| if (2 * pages::PAGE..5 * pages::PAGE).contains(&i) { 7 } else { 0 };
        assert!(bytes.iter().enumerate().all(|(i, byte)| *byte == expected(i)));
        write(&slot, pages::PAGE, 2 * pages::PAGE); // across the start of the image
        write(&slot, 4 * pages::PAGE + 9, 3 * pages::PAGE); // across the end of the image
        memories.put(slot, 16 * pages::PAGE);
    }
    let other = Image::for_tests(0, &[9; pages::PAGE], 16 * pages::PAGE);
    let slot = memories.take(Some(other)).expect("a slot");
    // SAFETY: as above.
    let bytes = unsafe { std::slice::from_raw_parts(slot.base, 16 * pages::PAGE) };
    assert!(bytes.iter().enumerate().all(|(i, byte)| *byte == if i < pages::PAGE { 9 } else { 0 }));
}

#[test]
fn slots_that_wait_for_long_go() {
    let memories = memories();
    let slots: Vec<Slot> = (0..3).map(|_| memories.take(None).expect("a slot")).collect();
    for (i, slot) in slots.into_iter().enumerate() {
        write(&slot, 0, (i * KEEP_PAGES + 1) * pages::PAGE); // the largest slots keep no pages
        memories.put(slot, 16 << 20);
    }
    memories.settle();
    memories.trim();
    assert_eq!(memories.slots(), 3);
    let used = memories.take(None).expect("a slot");
    let base = used.base;
    memories.put(used, pages::PAGE);
    memories.trim();
    assert_eq!(memories.slots(), 1);
    let again = memories.take(None).expect("a slot");
    assert!(again.base == base && all_zero(&again));
    memories.trim(); // slots in use stay
    assert_eq!(memories.slots(), 1);
}

#[test]
fn the_shelf_is_bounded() {
    let memories = memories();
    let slots: Vec<Slot> = (0..WARM_SLOTS + 5).map(|_| memories.take(None).expect("a slot")).collect();
    for slot in slots {
        write(&slot, 0, 1);
        memories.put(slot, pages::PAGE);
    }
    let shelf = memories.shelf();
    assert_eq!(shelf.warm.len() + shelf.bare.len(), WARM_SLOTS + 5);
    assert!(shelf.warm.len() <= WARM_SLOTS);
}

#[test]
fn a_memory_whose_image_is_lost_is_not_used_again() {
    let wasmtime = wasmtime::Engine::new(&wasmtime::Config::new()).expect("an engine");
    crate::lost_pages::catch(&wasmtime).expect("a handler");
    let memories = memories();
    let image = Image::for_tests(0, &[7; 2 * pages::PAGE], 4 * pages::PAGE);
    let slot = memories.take(Some(image.clone())).expect("a slot");
    image.cut_for_tests(pages::PAGE);
    // SAFETY: the test's own slot.
    let read = |page: usize| unsafe { slot.base.add(page * pages::PAGE).read_volatile() };
    assert_eq!((read(0), image.is_lost()), (7, false));
    assert_eq!((read(1), image.is_lost()), (0, true));
    let before = memories.slots();
    memories.put(slot, 4 * pages::PAGE);
    assert_eq!(memories.slots(), before - 1);
    assert!(memories.shelf().warm.is_empty());
}
