//! The text of a component that imports some instances and calls each of their functions, with arguments that fit the
//! types or nearly. Its result depends on each result of these functions.

use crate::host::RESOURCES;
use crate::near_miss::{Declared, Instance, Signature};
use crate::random::Random;
use crate::types::{Flat, Ty};
use std::fmt::Write;

const MOST_FLAT_PARAMS: usize = 16;
const RETURNED: u32 = 2048;

/// The text of a component with these imports.
pub fn component(instances: &[Instance], random: &mut Random) -> String {
    let mut out = String::from("(component\n");
    for (at, instance) in instances.iter().enumerate() {
        import(&mut out, at, instance);
    }
    let data: String = (0..64)
        .map(|_| char::from(b'a' + random.below(26) as u8))
        .collect();
    let _ = write!(
        out,
        r#"(core module $c (memory (export "memory") 2) (global $next (mut i32) (i32.const 8192))
            (func (export "realloc") (param i32 i32 i32 i32) (result i32)
                (global.set $next (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
                (global.get $next)
                (global.set $next (i32.add (global.get $next) (local.get 3))))
            (data (i32.const 1024) "{data}"))
        (core instance $c (instantiate $c))
"#
    );
    let mut imports = String::new();
    let mut with = String::new();
    let mut calls = String::new();
    for (at, instance) in instances.iter().enumerate() {
        for (number, function) in instance.functions.iter().enumerate() {
            let id = format!("f{at}-{number}");
            let _ = writeln!(
                out,
                r#"(core func ${id} (canon lower (func $i{at} "{}") (memory $c "memory") (realloc (func $c "realloc"))))"#,
                function.name
            );
            let _ = write!(with, r#"(export "{id}" (func ${id}))"#);
            call(&id, function, random, &mut imports, &mut calls);
        }
    }
    let _ = write!(
        out,
        r#"(core module $main
            (import "c" "memory" (memory 2))
            {imports}
            (func $mix (param i64 i64) (result i64)
                (i64.add (i64.mul (local.get 0) (i64.const 31)) (local.get 1)))
            (func (export "run") (param $n i32) (result i64)
                (local $acc i64) (local $thing i32) (local $other i32) (local $r i32)
                (local.set $thing (i32.const 1)) (local.set $other (i32.const 2))
                {calls}
                (local.get $acc)))
        (core instance $main (instantiate $main
            (with "c" (instance (export "memory" (memory $c "memory"))))
            (with "h" (instance {with}))))
        (func (export "run") (param "n" u32) (result u64) (canon lift (core func $main "run")))
)"#
    );
    out
}

fn import(out: &mut String, at: usize, instance: &Instance) {
    let mentioned = |name: &str| {
        instance.functions.iter().any(|function| {
            function
                .params
                .iter()
                .map(|(_, ty)| ty)
                .chain(&function.result)
                .any(|ty| ty.mentions(name))
        })
    };
    let mut types = String::new();
    let mut exported = [false; 2];
    for (number, name) in RESOURCES.iter().enumerate() {
        let declared = instance.resources[number];
        if declared == Declared::Absent || !mentioned(name) {
            continue;
        }
        let _ = match declared {
            Declared::OfFirst if at > 0 => {
                let _ = writeln!(
                    out,
                    r#"(alias export $i0 "{name}" (type $first-{at}-{name}))"#
                );
                write!(
                    types,
                    r#"(alias outer 1 $first-{at}-{name} (type $o-{name})) (export "{name}" (type ${name} (eq $o-{name})))"#
                )
            }
            Declared::Same if number == 1 && exported[0] => {
                write!(types, r#"(export "{name}" (type ${name} (eq $thing)))"#)
            }
            _ => write!(types, r#"(export "{name}" (type ${name} (sub resource)))"#),
        };
        exported[number] = true;
    }
    let mut count = 0;
    let mut functions = String::new();
    for function in &instance.functions {
        let mut text = String::new();
        for (name, ty) in &function.params {
            let ty = named(ty, &mut types, &mut count);
            let _ = write!(text, r#"(param "{name}" {ty})"#);
        }
        if let Some(ty) = &function.result {
            let ty = named(ty, &mut types, &mut count);
            let _ = write!(text, "(result {ty})");
        }
        let _ = writeln!(functions, r#"(export "{}" (func {text}))"#, function.name);
    }
    let _ = writeln!(
        out,
        r#"(import "{}" (instance $i{at} {types} {functions}))"#,
        instance.name
    );
}

/// The text of a type. Types that must have a name get one, in `types`.
fn named(ty: &Ty, types: &mut String, count: &mut u32) -> String {
    let definition = match ty {
        Ty::Bool => return "bool".to_owned(),
        Ty::U8 => return "u8".to_owned(),
        Ty::S16 => return "s16".to_owned(),
        Ty::U32 => return "u32".to_owned(),
        Ty::U64 => return "u64".to_owned(),
        Ty::F32 => return "f32".to_owned(),
        Ty::F64 => return "f64".to_owned(),
        Ty::Char => return "char".to_owned(),
        Ty::String => return "string".to_owned(),
        Ty::Own(name) => return format!("(own ${name})"),
        Ty::Borrow(name) => return format!("(borrow ${name})"),
        Ty::List(of) => return format!("(list {})", named(of, types, count)),
        Ty::Option(of) => return format!("(option {})", named(of, types, count)),
        Ty::Tuple(parts) => {
            let parts: Vec<String> = parts.iter().map(|ty| named(ty, types, count)).collect();
            return format!("(tuple {})", parts.join(" "));
        }
        Ty::Result(ok, error) => {
            let ok = ok
                .as_ref()
                .map_or_else(String::new, |ty| named(ty, types, count));
            let error = error.as_ref().map_or_else(String::new, |ty| {
                format!("(error {})", named(ty, types, count))
            });
            return format!("(result {ok} {error})");
        }
        Ty::Record(fields) => {
            let fields = fields
                .iter()
                .map(|(name, ty)| format!(r#"(field "{name}" {})"#, named(ty, types, count)));
            format!("(record {})", fields.collect::<String>())
        }
        Ty::Variant(cases) => {
            let cases = cases.iter().map(|(name, ty)| {
                let ty = ty
                    .as_ref()
                    .map_or_else(String::new, |ty| named(ty, types, count));
                format!(r#"(case "{name}" {ty})"#)
            });
            format!("(variant {})", cases.collect::<String>())
        }
        Ty::Enum(all) => format!(
            "(enum {})",
            all.iter()
                .map(|name| format!(r#""{name}" "#))
                .collect::<String>()
        ),
        Ty::Flags(all) => format!(
            "(flags {})",
            all.iter()
                .map(|name| format!(r#""{name}" "#))
                .collect::<String>()
        ),
    };
    *count += 1;
    let _ = write!(
        types,
        r#"(type $t{count} {definition}) (export "t{count}" (type $e{count} (eq $t{count})))"#
    );
    format!("$e{count}")
}

fn call(
    id: &str,
    function: &Signature,
    random: &mut Random,
    imports: &mut String,
    calls: &mut String,
) {
    let mut params = Vec::new();
    function
        .params
        .iter()
        .for_each(|(_, ty)| ty.flat(&mut params));
    let mut results = Vec::new();
    function.result.iter().for_each(|ty| ty.flat(&mut results));
    let mut arguments = String::new();
    if params.len() > MOST_FLAT_PARAMS {
        params = vec![Flat::I32];
        arguments.push_str("(i32.const 1024)");
    } else {
        function
            .params
            .iter()
            .for_each(|(_, ty)| argument(ty, random, &mut arguments));
    }
    let by_pointer = results.len() > 1;
    if by_pointer {
        params.push(Flat::I32);
        let _ = write!(arguments, "(i32.const {RETURNED})");
        results.clear();
    }
    let texts = |all: &[Flat]| {
        all.iter()
            .map(|flat| flat.text())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let _ = writeln!(
        imports,
        r#"(import "h" "{id}" (func ${id} (param {}) (result {})))"#,
        texts(&params),
        texts(&results)
    );
    let call = format!("(call ${id} {arguments})");
    let value = match results.first() {
        None => {
            calls.push_str(&call);
            if !by_pointer {
                return;
            }
            format!(
                "(i64.xor (i64.load (i32.const {RETURNED})) (i64.load (i32.const {})))",
                RETURNED + 8
            )
        }
        Some(Flat::I32) => {
            let handle = match &function.result {
                Some(Ty::Own(name)) => name,
                _ => "r",
            };
            format!("(i64.extend_i32_u (local.tee ${handle} {call}))")
        }
        Some(Flat::I64) => call,
        Some(Flat::F32) => format!("(i64.extend_i32_u (i32.reinterpret_f32 {call}))"),
        Some(Flat::F64) => format!("(i64.reinterpret_f64 {call})"),
    };
    let _ = writeln!(
        calls,
        "(local.set $acc (call $mix (local.get $acc) {value}))"
    );
}

fn argument(ty: &Ty, random: &mut Random, out: &mut String) {
    let constant = |value: usize| format!("(i32.const {value})");
    let text = match ty {
        Ty::Bool => constant(random.below(2)),
        Ty::U32 => format!("(i32.add (local.get $n) (i32.const {}))", random.below(5)),
        Ty::U8 | Ty::S16 | Ty::Char => constant(random.below(200)),
        Ty::Enum(all) => {
            let beyond = usize::from(random.one_in(9));
            constant(random.below(all.len() + beyond))
        }
        Ty::Own(name) | Ty::Borrow(name) if !random.one_in(12) => format!("(local.get ${name})"),
        Ty::Own(_) | Ty::Borrow(_) => constant(random.below(4)),
        Ty::U64 => format!("(i64.const {})", random.below(1 << 40)),
        Ty::F32 => format!("(f32.const {})", random.below(100)),
        Ty::F64 => format!("(f64.const {}.5)", random.below(100)),
        Ty::String | Ty::List(_) => {
            let length = if random.one_in(25) {
                1 << 20
            } else {
                random.below(9)
            };
            format!(
                "(i32.const {}) (i32.const {length})",
                1024 + 8 * random.below(4)
            )
        }
        Ty::Tuple(parts) => return parts.iter().for_each(|ty| argument(ty, random, out)),
        Ty::Record(fields) => return fields.iter().for_each(|(_, ty)| argument(ty, random, out)),
        Ty::Flags(_) | Ty::Option(_) | Ty::Result(..) | Ty::Variant(_) => {
            let mut flat = Vec::new();
            ty.flat(&mut flat);
            flat.iter()
                .map(|flat| {
                    format!(
                        "({}.const {})",
                        flat.text(),
                        random.of(&[0, 1, 2, 3, 8, 1024])
                    )
                })
                .collect()
        }
    };
    out.push_str(&text);
}
