//! Proves on the compiled code that no access of a guest is guarded by a branch alone. A processor may speculate past a
//! branch: a guest could so read the memory of other guests (Spectre v1).
//!
//! Wasmtime notes for each instruction that may trap the reason. If a check is a branch, the branch leads to the
//! instruction `ud2`, and the note is at this `ud2`. If a check is a conditional move, which makes the address null, the
//! note is at the access itself.
//!
//! Bulk operations (`memory.copy`, `memory.fill`, `memory.init`, and those of tables) are not covered: Wasmtime checks
//! them by a branch before it calls the function that copies. Decision 9 says what follows.

use super::*;
use object::{Object, ObjectSection};
use wasmtime_environ::{CompiledTrap, Trap, obj::ELF_WASMTIME_TRAPS};

/// Each kind of access that is checked: loads and stores of all widths, at small and large offsets, SIMD, tables.
const ACCESSES: &str = r#"(component (core module
    (memory 1)
    (table $t 10 funcref)
    (type $f (func (result i32)))
    (func (export "loads") (param i32) (result i32)
        (i32.load8_u (local.get 0)) (i32.load8_s offset=5 (local.get 0)) i32.add
        (i32.load16_u (local.get 0)) i32.add (i32.load offset=70000 (local.get 0)) i32.add
        (i32.wrap_i64 (i64.load (local.get 0))) i32.add
        (i32.wrap_i64 (i64.load32_u offset=0x7fffffff (local.get 0))) i32.add
        (i32.trunc_sat_f64_s (f64.load (local.get 0))) i32.add
        (i32.trunc_sat_f32_s (f32.load offset=16 (local.get 0))) i32.add
        (i32x4.extract_lane 1 (v128.load (local.get 0))) i32.add
        (i32x4.extract_lane 1 (v128.load32_splat offset=9 (local.get 0))) i32.add)
    (func (export "stores") (param i32 i32)
        (i32.store8 (local.get 0) (local.get 1)) (i32.store16 offset=3 (local.get 0) (local.get 1))
        (i32.store offset=70000 (local.get 0) (local.get 1)) (i64.store (local.get 0) (i64.extend_i32_u (local.get 1)))
        (f64.store (local.get 0) (f64.convert_i32_s (local.get 1)))
        (v128.store (local.get 0) (i32x4.splat (local.get 1))))
    (func (export "tables") (param i32) (result i32)
        (table.set $t (local.get 0) (table.get $t (i32.add (local.get 0) (i32.const 1))))
        (call_indirect $t (type $f) (local.get 0)))
))"#;

/// How the accesses of a compiled component are checked.
#[derive(Default)]
struct Checks {
    by_move: usize,
    /// Places of the instructions `ud2` that a branch leads to, if the branch decides about an access.
    by_branch: Vec<usize>,
}

const UD2: [u8; 2] = [0x0f, 0x0b];

fn checks(engine: &wasmtime::Engine, component: &[u8]) -> Checks {
    let code = engine.precompile_component(component).expect("a component");
    let file = object::File::parse(&*code).expect("an ELF file");
    let section = |name: &str| file.section_by_name(name).expect("a section").data().expect("data");
    let (text, traps) = (section(".text"), section(ELF_WASMTIME_TRAPS));
    let mut out = Checks::default();
    for (at, reason) in wasmtime_environ::iterate_traps(traps).expect("notes of traps") {
        let at = at as usize;
        if !matches!(reason, CompiledTrap::Normal(Trap::MemoryOutOfBounds | Trap::TableOutOfBounds)) {
            continue;
        }
        if !text[at..].starts_with(&UD2) {
            out.by_move += 1;
        } else if !is_reached_by_a_carry_alone(text, at) {
            out.by_branch.push(at);
        }
    }
    out
}

/// With a large offset, the code adds the offset to the index and branches if the sum is over 64 bits. An index has 32
/// bits, so no sum is. This branch decides nothing: a conditional move follows that compares the sum with the size.
fn is_reached_by_a_carry_alone(text: &[u8], at: usize) -> bool {
    const JUMP: usize = 6; // bytes of a conditional jump with an offset of 32 bits
    const ADD: usize = 7; // bytes of the addition before it: REX.W, opcode, ModRM, four bytes
    let jumps_there = |from: &usize| {
        let offset = i32::from_le_bytes(text[from + 2..from + JUMP].try_into().expect("four bytes"));
        text[*from] == 0x0f && text[from + 1] & 0xf0 == 0x80 && (from + JUMP) as i64 + i64::from(offset) == at as i64
    };
    let follows_an_addition = |from: usize| {
        let add = &text[from - ADD..from];
        add[0] & 0xf8 == 0x48 && (add[1] == 0x03 || (add[1] == 0x81 && add[2] & 0xf8 == 0xc0))
    };
    let jumps: Vec<_> = (ADD..text.len() - JUMP).filter(jumps_there).collect();
    const CARRY: u8 = 0x82;
    !jumps.is_empty() && jumps.into_iter().all(|from| text[from + 1] == CARRY && follows_an_addition(from))
}

/// A Wasmtime engine with the settings of this crate and one change.
pub fn engine_with(change: impl FnOnce(&mut Config)) -> wasmtime::Engine {
    engine_for(false, change)
}

fn engine_for(quick_code: bool, change: impl FnOnce(&mut Config)) -> wasmtime::Engine {
    let mut config = config(memory::Memories::new(1 << 20, false), stack::Creator::default(), quick_code);
    change(&mut config);
    wasmtime::Engine::new(&config).expect("an engine")
}

fn accesses() -> Vec<u8> {
    wat::parse_str(ACCESSES).expect("text")
}

#[test]
fn no_access_is_guarded_by_a_branch_alone() {
    for quick_code in [false, true] {
        let of_text = checks(&engine_for(quick_code, |_| {}), &accesses());
        assert!(of_text.by_branch.is_empty(), "{quick_code}: {:?}", of_text.by_branch);
        assert!(of_text.by_move >= 18, "{quick_code}: {}", of_text.by_move);
    }
}

/// The test above finds branches where there are some.
#[test]
fn branches_are_found() {
    for unsafe_setting in ["enable_heap_access_spectre_mitigation", "enable_table_access_spectre_mitigation"] {
        let engine = engine_with(|config| {
            // SAFETY: the code is not run.
            unsafe { config.cranelift_flag_set(unsafe_setting, "false") };
        });
        assert!(!checks(&engine, &accesses()).by_branch.is_empty(), "{unsafe_setting}");
    }
}
