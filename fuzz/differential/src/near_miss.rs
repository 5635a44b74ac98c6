//! Components that import what the host offers, or nearly: the names are the same, and a type, a field, a case, a
//! parameter, a result, a resource or the nesting may differ. Cases near each other
//! are of few families, so that many have the same imports, and others miss them by one change.

use crate::caller::component;
use crate::host::{Function, INSTANCES, base};
use crate::random::Random;
use crate::types::{Ty, list_changed};

/// Cases in a row that take their families from the same few.
const CASES_OF_A_FAMILY: u64 = 300;
const FAMILIES: u64 = 6;

pub struct Signature {
    pub name: String,
    pub params: Vec<(String, Ty)>,
    pub result: Option<Ty>,
}

/// How an instance has a resource.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Declared {
    Absent,
    Fresh,
    /// The resource of the same name of the first instance, as WIT's `use` does.
    OfFirst,
    /// The other resource of the same instance.
    Same,
}

pub struct Instance {
    pub name: String,
    pub resources: [Declared; 2],
    pub functions: Vec<Signature>,
}

fn family(number: u64) -> Vec<Instance> {
    let random = &mut Random::new(number);
    let all = base();
    INSTANCES
        .iter()
        .map(|name| {
            let chosen = |function: &&Function, random: &mut Random| {
                random.one_in(4) || function.name == "make"
            };
            let mut functions = Vec::new();
            for function in &all {
                if chosen(&function, random) {
                    let params = function
                        .params
                        .iter()
                        .map(|(name, ty)| ((*name).to_owned(), ty.clone()))
                        .collect();
                    functions.push(Signature {
                        name: function.name.to_owned(),
                        params,
                        result: function.result.clone(),
                    });
                }
            }
            Instance {
                name: (*name).to_owned(),
                resources: [Declared::Fresh; 2],
                functions,
            }
        })
        .collect()
}

fn change(instances: &mut Vec<Instance>, random: &mut Random) {
    let at = random.below(instances.len());
    let second = at == 1;
    let instance = &mut instances[at];
    let function = random.below(instance.functions.len());
    match random.below(20) {
        0 => {
            instance.resources[random.below(2)] = if second {
                Declared::OfFirst
            } else {
                Declared::Same
            }
        }
        1 => instance.resources = [Declared::OfFirst; 2],
        2 => instance.resources[1] = Declared::Same,
        3 => instances.swap(0, 1),
        4 => instance.name = (*random.of(&["t:h/a", "t:h/b", "t:h/c", "t:h/a@1.0.0"])).to_owned(),
        5 => drop(instances.remove(at)),
        6 if instance.functions.len() > 1 => instance.functions.swap(0, function),
        7 => instance.functions[function].name = random.of(&base()).name.to_owned(),
        8 => drop(instance.functions.remove(function)),
        9 => instance.functions.truncate(1),
        10 => instance.functions[function].result = None,
        11 => {
            let signature = &mut instance.functions[function];
            let new = |_: &mut Random| ("more".to_owned(), Ty::U32);
            let renamed =
                |(name, ty): &(String, Ty), _: &mut Random| (format!("{name}x"), ty.clone());
            signature.params = list_changed(&signature.params, random, new, renamed);
        }
        12..15 => {
            let signature = &mut instance.functions[function];
            signature.result = Some(
                signature
                    .result
                    .as_ref()
                    .map_or(Ty::U32, |ty| ty.changed(random)),
            );
        }
        _ => {
            let signature = &mut instance.functions[function];
            let at = random.below(signature.params.len());
            if let Some((_, ty)) = signature.params.get_mut(at) {
                *ty = ty.changed(random);
            }
        }
    }
}

/// The text of case `number`.
pub fn text(number: u64, random: &mut Random) -> String {
    let mut instances =
        family(number / CASES_OF_A_FAMILY * FAMILIES + random.below(FAMILIES as usize) as u64);
    // Few different changes of a family, so that the near misses also come again.
    let changes = &mut Random::new(random.below(64) as u64);
    for _ in 0..*random.of(&[0, 0, 0, 1, 1, 1, 1, 2]) {
        if !instances.is_empty() {
            change(&mut instances, changes);
        }
        if instances
            .iter()
            .any(|instance| instance.functions.is_empty())
        {
            break;
        }
    }
    component(&instances, random)
}
