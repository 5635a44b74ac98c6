//! Instantiates components, written as text, unchanged and as code with an image, and compares the results. Also tests
//! components that must be refused.

mod header;
mod real;
mod refused;
mod run;

use super::{Split, separate, split};
use run::outcome;

const PAGE: usize = 4096;

fn text(wat: &str) -> Vec<u8> {
    wat::parse_str(wat).unwrap_or_else(|e| panic!("{e}"))
}

/// A component with a module `$main`, which contains a memory of `pages` pages and `fields`. `rest` follows the module.
fn component(pages: &str, fields: &str, rest: &str) -> Vec<u8> {
    text(&format!(
        r#"(component
            (core module $main (memory (export "memory") {pages}) {fields})
            (core instance $main (instantiate $main))
            {rest})"#
    ))
}

/// A module with `fields`, which imports the memory and exports a function `get`.
fn other(fields: &str) -> String {
    format!(
        r#"(core module $other (import "env" "memory" (memory 1)) {fields})
        (core instance $other (instantiate $other
            (with "env" (instance (export "memory" (memory $main "memory"))))))
        (func (export "get") (result u32) (canon lift (core func $other "get")))"#
    )
}

fn get(expression: &str) -> String {
    format!(r#"(func (export "get") (result i32) {expression})"#)
}

/// Splits `component`, and checks that code and image behave like the component.
fn split_alike(component: &[u8]) -> Split {
    let split = separate(component, 1).expect("can be split");
    assert_eq!(outcome(component, None), outcome(&split.code, Some(&split.image)));
    split
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|w| w == word)
}

#[test]
fn segments_make_the_image() {
    let split = split_alike(&component("2", r#"(data (i32.const 5000) "1st") (data (i32.const 8190) "across")"#, ""));
    assert_eq!((split.image.memory_bytes, split.image.start), (2 << 16, 4096));
    assert_eq!(split.image.bytes.len(), 2 * PAGE);
    assert_eq!(&split.image.bytes[904..907], b"1st");
    assert_eq!(&split.image.bytes[4094..4100], b"across");
    assert_eq!(split.image.bytes.iter().filter(|&&b| b != 0).count(), 9);
    assert!(!contains(&split.code, b"1st"));
}

#[test]
fn later_segments_win_where_they_overlap() {
    for data in [
        r#"(data (i32.const 10) "aaaaaaaa") (data (i32.const 12) "bb")"#,
        r#"(data (i32.const 12) "bb") (data (i32.const 10) "aaaaaaaa")"#,
        r#"(data (i32.const 12) "bb") (data (i32.const 10) "aaa\00\00\00") (data (i32.const 14) "ccc")"#,
        r#"(data (i32.const 0) "") (data (i32.const 131072) "") (data (i32.const 131071) "z")"#,
    ] {
        split_alike(&component("2", data, ""));
    }
}

#[test]
fn a_start_function_sees_the_data_and_may_change_it() {
    split_alike(&component(
        "2",
        r#"(data (i32.const 100) "\05\00\00\00")
        (func $start (i32.store (i32.const 200) (i32.mul (i32.load (i32.const 100)) (memory.size)))
                     (i32.store (i32.const 100) (memory.grow (i32.const 1))))
        (start $start)"#,
        "",
    ));
}

#[test]
fn other_modules_keep_their_segments() {
    let split = split_alike(&component(
        "2",
        r#"(data (i32.const 100) "mainmainmain")"#,
        &other(
            r#"(data (i32.const 101) "OTHER") (data $passive "later")
            (func (export "get") (result i32)
                (memory.init $passive (i32.const 108) (i32.const 0) (i32.const 5)) (i32.load (i32.const 108)))"#,
        ),
    ));
    assert!(contains(&split.code, b"OTHER") && contains(&split.code, b"later"));
}

#[test]
fn instructions_that_look_like_those_on_segments_are_no_hindrance() {
    split_alike(&component(
        "1",
        r#"(data (i32.const 0) "x") (data $unused (i32.const 4) "y") (elem func $f)
        (func $f (drop (i64.const 0x8fc08fc)) (memory.fill (i32.const 8) (i32.const 1) (i32.const 3)))
        (func $g (if (i32.const 0) (then (drop (i32.const 1276)))))
        (start $f) (@custom "note" (after data) "\fc\08\fc\09")"#,
        "",
    ));
}

#[test]
fn the_size_of_the_memory_is_in_the_image_and_not_in_the_code() {
    let of = |pages| split_alike(&component(pages, r#"(data (i32.const 0) "x")"#, &other(&get("(memory.size)"))));
    let (one, two) = (of("2"), of("9"));
    assert_eq!(one.code, two.code);
    assert_eq!((one.image.memory_bytes, two.image.memory_bytes), (2 << 16, 9 << 16));
}

#[test]
fn a_memory_with_a_maximum_keeps_its_declaration() {
    let of = |pages| split_alike(&component(pages, r#"(data (i32.const 0) "x")"#, &other(&get("(memory.size)"))));
    assert_ne!(of("1 4").code, of("2 4").code);
}

#[test]
fn code_is_the_same_for_different_data() {
    let of = |data: &str| split_alike(&component("2", data, &other(&get("(i32.load (i32.const 4000))"))));
    let one = of(r#"(data (i32.const 4000) "data")"#);
    let two = of(r#"(data (i32.const 4000) "DATA") (data (i32.const 12000) "and more")"#);
    assert_eq!(one.code, two.code);
    assert_ne!(one.image.bytes, two.image.bytes);
}

#[test]
fn code_is_what_the_component_would_be_without_data() {
    let of = |pages: &str, data: &str| {
        let fields = format!(
            r#"(table 1 funcref) (elem (i32.const 0) func $f) (func $f (export "f")) {data} (@custom "note" "kept")"#
        );
        let rest = format!(r#"{} (@custom "note" "kept too")"#, other(&get("(i32.load (i32.const 4000))")));
        component(pages, &fields, &rest)
    };
    assert_eq!(split_alike(&of("2", r#"(data (i32.const 4000) "data")"#)).code, of("1", ""));
}

#[test]
fn little_data_is_not_worth_it() {
    let of = |bytes: usize| component("5", &format!(r#"(data (i32.const 0) "{}")"#, "x".repeat(bytes)), "");
    assert!(split(&of(super::LEAST_DATA - 1)).is_none());
    assert!(split(&of(super::LEAST_DATA)).is_some());
}

/// A small version of Python's adapter. Its stack pointer has another value in each snapshot.
fn adapter(fields: &str, pointer: i32) -> Vec<u8> {
    let globals = format!(
        r#"(global $fixed i32 (i32.const 3)) (global $pointer (export "p") (mut i32) (i32.const {pointer}))
        (global $wide (mut i64) (i64.const 5)) (global $state (mut i32) (i32.const 2))"#
    );
    let sum = get("(i32.add (i32.mul (global.get $pointer) (global.get $state))
                  (i32.add (i32.wrap_i64 (global.get $wide)) (i32.load (i32.const 16))))");
    component("2", r#"(data (i32.const 9000) "x")"#, &other(&format!("{globals} {fields} {sum}")))
}

#[test]
fn globals_of_a_snapshot_are_in_the_image_and_not_in_the_code() {
    let (one, two) = (split_alike(&adapter("", 70_000)), split_alike(&adapter("", -1)));
    assert_eq!(one.code, two.code);
    assert_eq!((one.image.start, &one.image.bytes[16..24]), (0, &[0x70, 0x11, 1, 0, 2, 0, 0, 0][..]));
    let unlike = split_alike(&adapter("(func $more)", 70_000));
    assert_ne!(one.code, unlike.code);
}

#[test]
fn globals_stay_where_something_could_see_them_move() {
    let many: String = (0..16).map(|i| format!("(global (mut i32) (i32.const {i}))")).collect();
    for fields in ["(data (i32.const 0) \"\")", "(func $start) (start $start)", &many] {
        let (one, two) = (split_alike(&adapter(fields, 1)), split_alike(&adapter(fields, 2)));
        assert_ne!(one.code, two.code);
        assert_eq!(one.image.start, 8192);
    }
    for main in [
        r#"(data (i32.const 79) "x")"#,
        r#"(data (i32.const 9000) "x") (func $start (i32.store8 (i32.const 16) (i32.const 7))) (start $start)"#,
    ] {
        let of = |value: i32| {
            let global = format!("(global $g (mut i32) (i32.const {value}))");
            let sum = get("(i32.add (global.get $g) (i32.load (i32.const 16)))");
            split_alike(&component("2", main, &other(&format!("{global} {sum}"))))
        };
        assert_ne!(of(1).code, of(2).code);
    }
}
