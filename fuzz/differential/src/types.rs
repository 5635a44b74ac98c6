//! The types of interfaces, as a generator sees them: their text, their flat form, and changes that nearly keep them.

use crate::random::Random;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ty {
    Bool,
    U8,
    S16,
    U32,
    U64,
    F32,
    F64,
    Char,
    String,
    List(Box<Ty>),
    Option(Box<Ty>),
    Result(Option<Box<Ty>>, Option<Box<Ty>>),
    Tuple(Vec<Ty>),
    Record(Vec<(String, Ty)>),
    Variant(Vec<(String, Option<Ty>)>),
    Enum(Vec<String>),
    Flags(Vec<String>),
    /// A handle of the resource with this name.
    Own(&'static str),
    Borrow(&'static str),
}

/// The types of core WebAssembly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flat {
    I32,
    I64,
    F32,
    F64,
}

impl Flat {
    pub fn text(self) -> &'static str {
        match self {
            Flat::I32 => "i32",
            Flat::I64 => "i64",
            Flat::F32 => "f32",
            Flat::F64 => "f64",
        }
    }

    fn joined(self, other: Self) -> Self {
        match (self, other) {
            (one, other) if one == other => one,
            (Flat::I32, Flat::F32) | (Flat::F32, Flat::I32) => Flat::I32,
            _ => Flat::I64,
        }
    }
}

pub fn record(fields: &[(&str, Ty)]) -> Ty {
    Ty::Record(
        fields
            .iter()
            .map(|(name, ty)| ((*name).to_owned(), ty.clone()))
            .collect(),
    )
}

pub fn variant(cases: &[(&str, Option<Ty>)]) -> Ty {
    Ty::Variant(
        cases
            .iter()
            .map(|(name, ty)| ((*name).to_owned(), ty.clone()))
            .collect(),
    )
}

pub fn names(all: &[&str]) -> Vec<String> {
    all.iter().map(|name| (*name).to_owned()).collect()
}

const SIMPLE: [Ty; 9] = [
    Ty::Bool,
    Ty::U8,
    Ty::S16,
    Ty::U32,
    Ty::U64,
    Ty::F32,
    Ty::F64,
    Ty::Char,
    Ty::String,
];

impl Ty {
    pub fn flat(&self, out: &mut Vec<Flat>) {
        match self {
            Ty::Bool
            | Ty::U8
            | Ty::S16
            | Ty::U32
            | Ty::Char
            | Ty::Enum(_)
            | Ty::Own(_)
            | Ty::Borrow(_) => {
                out.push(Flat::I32);
            }
            Ty::Flags(names) => {
                out.extend(std::iter::repeat_n(Flat::I32, names.len().div_ceil(32)))
            }
            Ty::U64 => out.push(Flat::I64),
            Ty::F32 => out.push(Flat::F32),
            Ty::F64 => out.push(Flat::F64),
            Ty::String | Ty::List(_) => out.extend([Flat::I32, Flat::I32]),
            Ty::Tuple(parts) => parts.iter().for_each(|part| part.flat(out)),
            Ty::Record(fields) => fields.iter().for_each(|(_, part)| part.flat(out)),
            Ty::Option(some) => cases([None, Some(&**some)].into_iter(), out),
            Ty::Result(ok, error) => cases([ok.as_deref(), error.as_deref()].into_iter(), out),
            Ty::Variant(all) => cases(all.iter().map(|(_, ty)| ty.as_ref()), out),
        }
    }

    /// A type that is nearly the same.
    pub fn changed(&self, random: &mut Random) -> Ty {
        let simple = |random: &mut Random| random.of(&SIMPLE).clone();
        match self {
            Ty::List(of) | Ty::Option(of) if random.one_in(4) => (**of).clone(),
            Ty::List(of) if random.one_in(3) => Ty::Option(of.clone()),
            Ty::List(of) => Ty::List(Box::new(of.changed(random))),
            Ty::Option(of) if random.one_in(3) => Ty::Result(Some(of.clone()), None),
            Ty::Option(of) => Ty::Option(Box::new(of.changed(random))),
            Ty::Result(ok, error) => match random.below(5) {
                0 => Ty::Result(error.clone(), ok.clone()),
                1 => Ty::Result(ok.clone(), None),
                2 => Ty::Result(None, error.clone()),
                3 => Ty::Result(ok.clone(), Some(Box::new(simple(random)))),
                _ => ok.as_ref().map_or(Ty::U32, |ok| Ty::Option(ok.clone())),
            },
            Ty::Tuple(parts) => match random.below(4) {
                0 => Ty::Record(
                    parts
                        .iter()
                        .enumerate()
                        .map(|(at, ty)| (format!("f{at}"), ty.clone()))
                        .collect(),
                ),
                _ => Ty::Tuple(list_changed(
                    parts,
                    random,
                    |random| simple(random),
                    Ty::changed,
                )),
            },
            Ty::Record(fields) => match random.below(6) {
                0 => Ty::Own("thing"),
                1 => Ty::Tuple(fields.iter().map(|(_, ty)| ty.clone()).collect()),
                _ => Ty::Record(list_changed(
                    fields,
                    random,
                    |random| (format!("more{}", random.below(2)), simple(random)),
                    |(name, ty), random| match random.below(3) {
                        0 => (format!("{name}x"), ty.clone()),
                        _ => (name.clone(), ty.changed(random)),
                    },
                )),
            },
            Ty::Variant(all) => Ty::Variant(list_changed(
                all,
                random,
                |random| (format!("more{}", random.below(2)), Some(simple(random))),
                |(name, ty), random| match (random.below(3), ty) {
                    (0, _) => (format!("{name}x"), ty.clone()),
                    (1, Some(_)) => (name.clone(), None),
                    (_, Some(ty)) => (name.clone(), Some(ty.changed(random))),
                    (_, None) => (name.clone(), Some(simple(random))),
                },
            )),
            Ty::Enum(all) if random.one_in(5) => {
                Ty::Variant(all.iter().map(|name| (name.clone(), None)).collect())
            }
            Ty::Flags(all) if random.one_in(5) => Ty::Enum(all.clone()),
            Ty::Enum(all) => Ty::Enum(names_changed(all, random)),
            Ty::Flags(all) => Ty::Flags(names_changed(all, random)),
            Ty::Own(name) | Ty::Borrow(name) => match random.below(4) {
                0 => Ty::U32,
                1 => Ty::Own(if *name == "thing" { "other" } else { "thing" }),
                2 => Ty::Borrow(name),
                _ => Ty::Own(name),
            },
            _ => match random.below(6) {
                0 => Ty::List(Box::new(self.clone())),
                1 => Ty::Option(Box::new(self.clone())),
                2 => Ty::Tuple(vec![self.clone()]),
                _ => simple(random),
            },
        }
    }

    /// The resources that the type mentions.
    pub fn mentions(&self, name: &str) -> bool {
        match self {
            Ty::Own(own) | Ty::Borrow(own) => *own == name,
            Ty::List(of) | Ty::Option(of) => of.mentions(name),
            Ty::Result(ok, error) => [ok, error]
                .into_iter()
                .flatten()
                .any(|ty| ty.mentions(name)),
            Ty::Tuple(parts) => parts.iter().any(|ty| ty.mentions(name)),
            Ty::Record(fields) => fields.iter().any(|(_, ty)| ty.mentions(name)),
            Ty::Variant(all) => all
                .iter()
                .filter_map(|(_, ty)| ty.as_ref())
                .any(|ty| ty.mentions(name)),
            _ => false,
        }
    }
}

fn cases<'a>(all: impl Iterator<Item = Option<&'a Ty>>, out: &mut Vec<Flat>) {
    let mut joined: Vec<Flat> = Vec::new();
    for ty in all.flatten() {
        let mut flat = Vec::new();
        ty.flat(&mut flat);
        for (at, one) in flat.into_iter().enumerate() {
            match joined.get_mut(at) {
                Some(there) => *there = there.joined(one),
                None => joined.push(one),
            }
        }
    }
    out.push(Flat::I32);
    out.extend(joined);
}

/// A list with one more part, one less, two exchanged, or one changed.
pub fn list_changed<T: Clone>(
    all: &[T],
    random: &mut Random,
    new: impl FnOnce(&mut Random) -> T,
    change: impl FnOnce(&T, &mut Random) -> T,
) -> Vec<T> {
    let mut out = all.to_vec();
    let at = random.below(all.len());
    match random.below(5) {
        0 => out.insert(random.below(all.len() + 1), new(random)),
        1 if all.len() > 1 => drop(out.remove(at)),
        2 if all.len() > 1 => out.swap(at, (at + 1) % all.len()),
        _ if !all.is_empty() => out[at] = change(&all[at], random),
        _ => {}
    }
    out
}

fn names_changed(all: &[String], random: &mut Random) -> Vec<String> {
    list_changed(
        all,
        random,
        |random| format!("more{}", random.below(2)),
        |name, _| format!("{name}x"),
    )
}
