//! The resources that a call has used.

/// `fe_used` of engine.h.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Used {
    pub cpu_us: u64,
    pub memory_bytes: u64,
    pub instantiate_us: u64,
    pub output_lost: u64,
    pub outbound: u32,
}

const _: () = assert!(size_of::<Used>() == 40);
