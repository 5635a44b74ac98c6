//! The interfaces that the linkers of both programs offer: functions with fixed types, and two resources. `BASE` has the
//! same types for the generator. Each function folds its arguments into the store's record.

use crate::types::{Ty, names, record, variant};
use std::hash::{Hash, Hasher};
use wasmtime::component::{ComponentType, Lift, Linker, Lower, Resource, ResourceType, flags};
use wasmtime::{Result, StoreContextMut, bail};

/// The state of a store.
#[derive(Default)]
pub struct Host {
    /// A digest of everything that the guest told the host.
    pub told: u64,
    handles: u32,
}

impl Host {
    fn tell(&mut self, value: impl Hash) {
        let mut hasher = std::hash::DefaultHasher::new();
        (self.told, value).hash(&mut hasher);
        self.told = hasher.finish();
    }
}

pub struct Thing;
pub struct Other;

#[derive(ComponentType, Lift, Lower, Clone, Debug)]
#[component(record)]
struct Point {
    x: u32,
    y: String,
}

#[derive(ComponentType, Lift, Lower, Clone, Debug)]
#[component(variant)]
enum Shape {
    #[component(name = "none")]
    None,
    #[component(name = "some")]
    Some(u64),
    #[component(name = "text")]
    Text(String),
    #[component(name = "at")]
    At(Point),
}

#[derive(ComponentType, Lift, Lower, Clone, Copy, Debug)]
#[component(enum)]
#[repr(u8)]
enum Colour {
    #[component(name = "red")]
    Red,
    #[component(name = "green")]
    Green,
    #[component(name = "blue")]
    Blue,
}

flags! {
    Rights {
        #[component(name = "read")]
        const READ;
        #[component(name = "write")]
        const WRITE;
    }
}

pub struct Function {
    pub name: &'static str,
    pub params: Vec<(&'static str, Ty)>,
    pub result: Option<Ty>,
}

/// The functions of an instance "t:h/a" or "t:h/b".
pub fn base() -> Vec<Function> {
    let point = || record(&[("x", Ty::U32), ("y", Ty::String)]);
    let shape = || {
        variant(&[
            ("none", None),
            ("some", Some(Ty::U64)),
            ("text", Some(Ty::String)),
            ("at", Some(point())),
        ])
    };
    let list = |of| Ty::List(Box::new(of));
    let of = |name, params: &[(&'static str, Ty)], result| Function {
        name,
        params: params.to_vec(),
        result,
    };
    vec![
        of("numbers", &[("a", Ty::U32), ("b", Ty::U64)], Some(Ty::U32)),
        of("text", &[("a", Ty::String)], Some(Ty::String)),
        of("point", &[("p", point())], Some(point())),
        of("lists", &[("a", list(Ty::U8))], Some(list(Ty::S16))),
        of(
            "shape",
            &[("s", Ty::Option(Box::new(shape())))],
            Some(Ty::Result(Some(Box::new(shape())), Some(Box::new(Ty::U32)))),
        ),
        of(
            "paint",
            &[("f", Ty::Flags(names(&["read", "write"])))],
            Some(Ty::Enum(names(&["red", "green", "blue"]))),
        ),
        of("make", &[], Some(Ty::Own("thing"))),
        of(
            "look",
            &[("t", Ty::Borrow("thing")), ("n", Ty::U32)],
            Some(Ty::U32),
        ),
        of("turn", &[("t", Ty::Own("thing"))], Some(Ty::Own("other"))),
        of(
            "mixed",
            &[("t", Ty::Tuple(vec![Ty::U8, Ty::F64, Ty::Char]))],
            Some(Ty::Tuple(vec![Ty::F32, Ty::Bool])),
        ),
        of(
            "points",
            &[("all", list(point())), ("o", Ty::Borrow("other"))],
            None,
        ),
        of("fails", &[("n", Ty::U32)], None),
    ]
}

pub const INSTANCES: [&str; 2] = ["t:h/a", "t:h/b"];
pub const RESOURCES: [&str; 2] = ["thing", "other"];

type Store<'a> = StoreContextMut<'a, Host>;

pub fn add(linker: &mut Linker<Host>) -> Result<()> {
    for (number, name) in (1_u32..).zip(INSTANCES) {
        let mut host = linker.instance(name)?;
        host.resource(
            "thing",
            ResourceType::host::<Thing>(),
            |mut store: Store<'_>, handle| {
                store.data_mut().tell(("drop thing", handle));
                Ok(())
            },
        )?;
        host.resource(
            "other",
            ResourceType::host::<Other>(),
            |mut store: Store<'_>, handle| {
                store.data_mut().tell(("drop other", handle));
                Ok(())
            },
        )?;
        host.func_wrap(
            "numbers",
            move |mut store: Store<'_>, (a, b): (u32, u64)| {
                store.data_mut().tell((number, a, b));
                Ok((a.wrapping_mul(number).wrapping_add(b as u32),))
            },
        )?;
        host.func_wrap("text", move |mut store: Store<'_>, (a,): (String,)| {
            store.data_mut().tell((number, &a));
            Ok((format!("{number}{a}"),))
        })?;
        host.func_wrap("point", move |mut store: Store<'_>, (p,): (Point,)| {
            store.data_mut().tell((number, p.x, &p.y));
            Ok((Point {
                x: p.x ^ number,
                y: p.y,
            },))
        })?;
        host.func_wrap("lists", move |mut store: Store<'_>, (a,): (Vec<u8>,)| {
            store.data_mut().tell((number, &a));
            Ok((a
                .iter()
                .map(|byte| i16::from(*byte) * 3)
                .collect::<Vec<i16>>(),))
        })?;
        host.func_wrap(
            "shape",
            move |mut store: Store<'_>, (s,): (Option<Shape>,)| {
                store.data_mut().tell((number, format!("{s:?}")));
                Ok((s.map_or(Err(number), Ok),))
            },
        )?;
        host.func_wrap("paint", move |mut store: Store<'_>, (f,): (Rights,)| {
            store
                .data_mut()
                .tell((number, f.contains(Rights::READ), f.contains(Rights::WRITE)));
            Ok((if f.contains(Rights::READ) {
                Colour::Green
            } else if number == 1 {
                Colour::Red
            } else {
                Colour::Blue
            },))
        })?;
        host.func_wrap("make", move |mut store: Store<'_>, (): ()| {
            let host = store.data_mut();
            host.handles += 1;
            host.tell((number, "make"));
            Ok((Resource::<Thing>::new_own(host.handles),))
        })?;
        host.func_wrap(
            "look",
            move |mut store: Store<'_>, (t, n): (Resource<Thing>, u32)| {
                store.data_mut().tell((number, "look", t.rep(), n));
                Ok((t.rep() + n,))
            },
        )?;
        host.func_wrap(
            "turn",
            move |mut store: Store<'_>, (t,): (Resource<Thing>,)| {
                store.data_mut().tell((number, "turn", t.rep()));
                Ok((Resource::<Other>::new_own(t.rep() + 1000),))
            },
        )?;
        host.func_wrap(
            "mixed",
            move |mut store: Store<'_>, (t,): ((u8, f64, char),)| {
                store.data_mut().tell((number, t.0, t.1.to_bits(), t.2));
                Ok(((f32::from(t.0), t.1 > 1.0),))
            },
        )?;
        host.func_wrap(
            "points",
            move |mut store: Store<'_>, (all, o): (Vec<Point>, Resource<Other>)| {
                store.data_mut().tell((number, format!("{all:?}"), o.rep()));
                Ok(())
            },
        )?;
        host.func_wrap("fails", move |mut store: Store<'_>, (n,): (u32,)| {
            store.data_mut().tell((number, n));
            if n % 8 == 7 {
                bail!("the host fails with {n}")
            } else {
                Ok(())
            }
        })?;
    }
    Ok(())
}
