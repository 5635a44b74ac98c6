//! Components that must run unchanged.

use super::super::separate;
use super::{component, get, other, text};

const DATA: &str = r#"(data (i32.const 0) "x")"#;

fn refused(component: &[u8]) {
    assert!(separate(component, 1).is_none());
}

#[test]
fn what_is_no_component() {
    let whole = component("1", DATA, "");
    assert!(separate(&whole, 1).is_some());
    for length in 0..whole.len() {
        // If the bytes end at the end of a section, they may be a valid component, and any result of `separate` is
        // right, but no panic.
        let _ = separate(&whole[..length], 1);
    }
    for place in 0..whole.len() {
        for byte in [0, 1, 0x7f, 0x80, 0xff] {
            let mut broken = whole.clone();
            broken[place] = byte;
            let _ = separate(&broken, 1);
        }
    }
    refused(b"");
    refused(&text("(module (memory 1) (data (i32.const 0) \"x\"))"));
    refused(&[whole.as_slice(), &[99, 0]].concat());
    refused(&[whole.as_slice(), &[9, 0]].concat());
}

#[test]
fn memories_that_are_not_exactly_one_ordinary_one() {
    refused(&text("(component)"));
    for pages in ["i64 1", "1 1 shared", "2 1", "65537", "1 (pagesize 1)"] {
        refused(&component(pages, DATA, ""));
    }
    refused(&component("1", &format!("(memory 1) {DATA}"), ""));
    refused(&component("1", DATA, "(core module (memory 1))"));
    refused(&component(
        "1",
        DATA,
        r#"(core module $m (memory 1) (data (i32.const 0) "y")) (core instance (instantiate $m))"#,
    ));
}

#[test]
fn a_module_that_has_not_exactly_one_instance() {
    refused(&component("1", DATA, "(core instance (instantiate $main))"));
    refused(&text(&format!("(component (core module $m (memory 1) {DATA}))")));
}

#[test]
fn modules_that_something_else_can_instantiate() {
    for rest in [
        r#"(export "m" (core module $main))"#,
        r#"(import "m" (core module))"#,
        r#"(component (import "m" (core module)))"#,
        r#"(component (core module))"#,
        r#"(component (component (component (core module))))"#,
        r#"(component (alias outer 1 $main (core module $again)) (core instance (instantiate $again)))"#,
        r#"(component $c (import "m" (core module $m)) (core instance (instantiate $m)))
           (instance (instantiate $c (with "m" (core module $main))))"#,
        r#"(instance (export "m" (core module $main)))"#,
        r#"(import "i" (instance $i (export "m" (core module)))) (alias export $i "m" (core module))"#,
    ] {
        refused(&component("1", DATA, rest));
    }
    let nested = "(component ".repeat(20) + &")".repeat(20);
    refused(&component("1", DATA, &nested));
}

#[test]
fn segments_that_are_not_constant_or_not_in_bounds() {
    for data in [
        "",
        r#"(data "passive")"#,
        r#"(data (i32.const 0) "x") (data "passive")"#,
        r#"(data (i32.const 65536) "x")"#,
        r#"(data (i32.const 65535) "xy")"#,
        r#"(data (i32.const -1) "x")"#,
        r#"(data (i32.const 0) "x") (data (i32.const 65537) "")"#,
        r#"(data (i32.add (i32.const 1) (i32.const 2)) "x")"#,
        r#"(global $g i32 (i32.const 0)) (data (global.get $g) "x")"#,
        r#"(data (memory 1) (i32.const 0) "x")"#,
    ] {
        refused(&component("1", data, ""));
    }
}

#[test]
fn segments_that_instructions_name() {
    for function in ["(memory.init $d (i32.const 0) (i32.const 0) (i32.const 0))", "(data.drop $d)"] {
        refused(&component("1", &format!(r#"(data $d (i32.const 0) "x") (func {function})"#), ""));
    }
    let init = "(func (memory.init $d (i32.const 0) (i32.const 0) (i32.const 0)))";
    let mut long = component("1", &format!(r#"(data $d (i32.const 0) "x") {init}"#), "");
    // The same instruction, but with its number in two bytes instead of one. So three sizes grow by one byte.
    let at = long.windows(2).position(|w| w == [0xfc, 8]).expect("memory.init");
    long.splice(at..at + 2, [0xfc, 0x88, 0]);
    for size in grown(&long, at) {
        long[size] += 1;
    }
    wasmparser::Validator::new().validate_all(&long).expect("still valid");
    refused(&long);
}

/// The positions of the three sizes in that component that include `at`: the sizes of the module, the code section and
/// the function.
fn grown(component: &[u8], at: usize) -> [usize; 3] {
    let function = (0..at).rev().find(|&i| component[i] as usize == 12).expect("function size");
    [9, function - 2, function]
}

#[test]
fn a_module_whose_sections_are_not_in_order_or_not_counted() {
    let module = |sections: &[&[u8]]| {
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        module.extend(sections.concat());
        let mut component = b"\0asm\x0d\0\x01\0\x01".to_vec();
        component.push(u8::try_from(module.len()).expect("small"));
        component.extend(module);
        component.extend([2, 4, 1, 0, 0, 0]); // (core instance (instantiate 0))
        component
    };
    let (memory, data): (&[u8], &[u8]) = (&[5, 3, 1, 0, 1], &[11, 7, 1, 0, 0x41, 0, 0x0b, 1, b'x']);
    let count = |n| [12, 1, n];
    assert!(separate(&module(&[memory, data]), 1).is_some());
    assert!(separate(&module(&[memory, &count(1), data]), 1).is_some());
    refused(&module(&[data, memory]));
    refused(&module(&[memory, data, data]));
    refused(&module(&[memory, &count(2), data]));
    refused(&module(&[memory, data, &count(1)]));
    refused(&module(&[memory, &[12, 2, 1, 0], data]));
    refused(&module(&[memory, &[11, 8, 1, 0, 0x41, 0, 0x0b, 1, b'x', 0]]));
    refused(&module(&[memory, &[14, 0], data]));
}

#[test]
fn images_that_are_mostly_gaps() {
    refused(&component("100", r#"(data (i32.const 0) "x") (data (i32.const 6000000) "y")"#, ""));
    // With globals moved, the image would also contain the value of a global. It would still have mostly gaps.
    let pointer = other(&format!("(global $p (mut i32) (i32.const 5)) {}", get("(global.get $p)")));
    refused(&component("100", r#"(data (i32.const 6000000) "y")"#, &pointer));
}
