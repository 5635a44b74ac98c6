//! The guest of the residue test, as text. It is a real handler of requests: first it scans everything that it can read,
//! then it writes its mark everywhere, then it ends in the way that the test chose. The host's functions in `test:host`
//! tell it the plan.

use crate::error::Kind;

/// The places that a guest scans, as `report` gets them.
pub const PLACES: [&str; 8] = [
    "memory",
    "grown memory",
    "table",
    "grown table",
    "globals",
    "locals",
    "the guest's own mark",
    "values of a clock",
];
/// The place of the second scan, which must find the guest's own mark.
pub const OWN_MARK: usize = 6;
/// The number of values that a clock had, in a million looks.
pub const CLOCK: usize = 7;

/// The indices of the plan's numbers.
pub mod plan {
    pub const DATA_START: usize = 0;
    pub const DATA_END: usize = 1;
    pub const SEED: usize = 2;
    pub const GROW_PAGES: usize = 3;
    pub const WRITE_START: usize = 4;
    pub const WRITE_STRIDE: usize = 5;
    pub const DEPTH: usize = 6;
    pub const ENDING: usize = 7;
    pub const SCAN_AGAIN: usize = 8;
    pub const COUNT: usize = 9;
}

/// The ways in which a call of the guest can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Ending {
    /// It answers, and returns.
    Done = 0,
    /// It returns without an answer.
    NoAnswer = 1,
    Trap = 2,
    OutOfBounds = 3,
    StackOverflow = 4,
    /// The guest asks for more memory than its limit, and then traps.
    MemoryLimit = 5,
    /// It computes until its CPU limit ends it.
    CpuLimit = 6,
    /// It computes until the caller drops the call, as at the wall limit.
    Dropped = 7,
    /// It waits for the host until the caller drops the call, as if the client were gone.
    Cancelled = 8,
    /// A function of the host panics.
    Panic = 9,
    /// The host ends it with an error, as `exit` does.
    HostError = 10,
    /// As `CpuLimit`, in other ways: it fills its memory, calls itself, calls the host, or grows its table.
    CpuLimitFilling = 11,
    CpuLimitRecursing = 12,
    CpuLimitCalling = 13,
    CpuLimitGrowing = 14,
    /// It makes handles of its own resource without end.
    OwnHandles = 15,
    /// It makes objects of the host without end.
    HostObjects = 16,
    /// It passes more bytes to the host than one call of the host may take.
    HostBytes = 17,
    /// It asks for more random bytes than one call of the host may return.
    RandomBytes = 18,
    /// It looks at the clock a million times, and reports the number of values.
    Clock = 19,
}

impl Ending {
    /// The failure that the engine must report. A call that is dropped reports nothing.
    pub fn expected(self) -> Option<Kind> {
        match self {
            Self::Done | Self::Dropped | Self::Cancelled => None,
            Self::NoAnswer | Self::Clock => Some(Kind::NoResponse),
            Self::Trap | Self::OutOfBounds | Self::StackOverflow | Self::HostError => Some(Kind::Trap),
            Self::MemoryLimit => Some(Kind::Memory),
            Self::CpuLimit
            | Self::CpuLimitFilling
            | Self::CpuLimitRecursing
            | Self::CpuLimitCalling
            | Self::CpuLimitGrowing => Some(Kind::Cpu),
            Self::OwnHandles | Self::HostObjects | Self::HostBytes | Self::RandomBytes => Some(Kind::Resource),
            Self::Panic => Some(Kind::Panic),
        }
    }
}

/// The limits on the memory that the host keeps for a call.
pub const HOST_LIMITS: [Ending; 4] = [Ending::OwnHandles, Ending::HostObjects, Ending::HostBytes, Ending::RandomBytes];

/// The ways to use up the CPU time.
pub const CPU_ENDINGS: [Ending; 5] = [
    Ending::CpuLimit,
    Ending::CpuLimitFilling,
    Ending::CpuLimitRecursing,
    Ending::CpuLimitCalling,
    Ending::CpuLimitGrowing,
];

/// The ways that the residue test chooses from.
pub const ENDINGS: [Ending; 11] = [
    Ending::Done,
    Ending::NoAnswer,
    Ending::Trap,
    Ending::OutOfBounds,
    Ending::StackOverflow,
    Ending::MemoryLimit,
    Ending::CpuLimit,
    Ending::Dropped,
    Ending::Cancelled,
    Ending::Panic,
    Ending::HostError,
];

/// A byte range of the memory that is data from the beginning: `word(address, seed)` for each 8 bytes.
#[derive(Clone, Copy)]
pub struct Data {
    pub start: u32,
    pub end: u32,
    pub seed: u32,
}

pub fn word(address: u32, seed: u32) -> u64 {
    (u64::from(address) << 32 | u64::from(seed)).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1
}

/// The component. All have the same code; only `pages` and `data` differ. `second`: a second memory, which is not
/// exported. A component with two memories is never split.
pub fn component(pages: u32, data: Option<Data>, second: bool) -> Vec<u8> {
    let segment = data.map_or_else(String::new, |data| {
        let bytes = (data.start..data.end).step_by(8).flat_map(|at| word(at, data.seed).to_le_bytes());
        let text: String = bytes.map(|byte| format!("\\{byte:02x}")).collect();
        format!("(data (i32.const {}) \"{text}\")", data.start)
    });
    let more = if second { SECOND } else { "" };
    let text = format!(
        "(component {TYPES}
        (core module $m (memory (export \"memory\") {pages}) {segment})
        (core instance $m (instantiate $m))
        {more} {MAIN})"
    );
    wat::parse_str(text).unwrap_or_else(|e| panic!("{e}"))
}

const SECOND: &str = r#"
    (core module $second
        (memory 3)
        (func $start (local $at i32)
            (loop $next
                (if (i64.ne (i64.load (local.get $at)) (i64.const 0)) (then unreachable))
                (i64.store (local.get $at) (i64.const -1))
                (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 196608)))))
        (start $start))
    (core instance (instantiate $second))
"#;

const TYPES: &str = r#"
    (import "wasi:http/types@0.2.0" (instance $types
        (export "fields" (type $fields (sub resource)))
        (export "incoming-request" (type (sub resource)))
        (export "outgoing-response" (type $response (sub resource)))
        (export "response-outparam" (type $out (sub resource)))
        (type $dns (record (field "rcode" (option string)) (field "info-code" (option u16))))
        (export "DNS-error-payload" (type $dns2 (eq $dns)))
        (type $tls (record (field "alert-id" (option u8)) (field "alert-message" (option string))))
        (export "TLS-alert-received-payload" (type $tls2 (eq $tls)))
        (type $size (record (field "field-name" (option string)) (field "field-size" (option u32))))
        (export "field-size-payload" (type $size2 (eq $size)))
        (type $code (variant
            (case "DNS-timeout") (case "DNS-error" $dns2) (case "destination-not-found") (case "destination-unavailable")
            (case "destination-IP-prohibited") (case "destination-IP-unroutable") (case "connection-refused")
            (case "connection-terminated") (case "connection-timeout") (case "connection-read-timeout")
            (case "connection-write-timeout") (case "connection-limit-reached") (case "TLS-protocol-error")
            (case "TLS-certificate-error") (case "TLS-alert-received" $tls2) (case "HTTP-request-denied")
            (case "HTTP-request-length-required") (case "HTTP-request-body-size" (option u64))
            (case "HTTP-request-method-invalid") (case "HTTP-request-URI-invalid") (case "HTTP-request-URI-too-long")
            (case "HTTP-request-header-section-size" (option u32))
            (case "HTTP-request-header-size" (option $size2)) (case "HTTP-request-trailer-section-size" (option u32))
            (case "HTTP-request-trailer-size" $size2) (case "HTTP-response-incomplete")
            (case "HTTP-response-header-section-size" (option u32)) (case "HTTP-response-header-size" $size2)
            (case "HTTP-response-body-size" (option u64)) (case "HTTP-response-trailer-section-size" (option u32))
            (case "HTTP-response-trailer-size" $size2) (case "HTTP-response-transfer-coding" (option string))
            (case "HTTP-response-content-coding" (option string)) (case "HTTP-response-timeout")
            (case "HTTP-upgrade-failed") (case "HTTP-protocol-error") (case "loop-detected")
            (case "configuration-error") (case "internal-error" (option string))))
        (export "error-code" (type $code2 (eq $code)))
        (export "[constructor]fields" (func (result (own $fields))))
        (export "[constructor]outgoing-response" (func (param "headers" (own $fields)) (result (own $response))))
        (export "[static]response-outparam.set"
            (func (param "param" (own $out)) (param "response" (result (own $response) (error $code2)))))))
    (import "test:host/guest" (instance $host
        (export "plan" (func (param "which" u32) (result u32)))
        (export "report" (func (param "place" u32) (param "words" u32)))
        (export "wait" (func))
        (export "panic" (func))
        (export "fail" (func))))
    (import "wasi:random/random@0.2.0" (instance $random
        (export "get-random-bytes" (func (param "len" u64) (result (list u8))))))
    (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
        (export "now" (func (result u64)))))
"#;

const MAIN: &str = r#"
    (alias export $types "incoming-request" (type $request))
    (alias export $types "response-outparam" (type $out))
    (core func $fields (canon lower (func $types "[constructor]fields")))
    (core func $response (canon lower (func $types "[constructor]outgoing-response")))
    (core func $set (canon lower (func $types "[static]response-outparam.set") (memory $m "memory")))
    (core func $plan (canon lower (func $host "plan")))
    (core func $report (canon lower (func $host "report")))
    (core func $wait (canon lower (func $host "wait")))
    (core func $panic (canon lower (func $host "panic")))
    (core func $fail (canon lower (func $host "fail")))
    (type $own (resource (rep i32)))
    (core func $new (canon resource.new $own))
    (core module $no_memory
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64)))
    (core instance $no_memory (instantiate $no_memory))
    (core func $now (canon lower (func $clock "now")))
    (core func $random_bytes (canon lower (func $random "get-random-bytes")
        (memory $m "memory") (realloc (func $no_memory "realloc"))))
    (core module $main
        (import "m" "memory" (memory 1))
        (import "h" "fields" (func $fields (result i32)))
        (import "h" "response" (func $response (param i32) (result i32)))
        (import "h" "set" (func $set (param i32 i32 i32 i32 i64 i32 i32 i32 i32)))
        (import "h" "plan" (func $plan (param i32) (result i32)))
        (import "h" "report" (func $report (param i32 i32)))
        (import "h" "wait" (func $wait))
        (import "h" "panic" (func $panic))
        (import "h" "fail" (func $fail))
        (import "h" "new" (func $new (param i32) (result i32)))
        (import "h" "random" (func $random_bytes (param i64 i32)))
        (import "h" "now" (func $now (result i64)))
        (type $none (func))
        (table $t 40 4000 funcref)
        (elem (i32.const 0) func $in_table)
        (global $a (mut i64) (i64.const 77))
        (global $b (mut i32) (i32.const 0))
        (global $c (mut f64) (f64.const 0))
        (global $d (mut v128) (v128.const i64x2 0 0))
        (global $e (mut funcref) (ref.null func))
        (func $in_table)

        ;; The number of words in [$from, $to) that differ from the initial content of the memory.
        (func $scan (param $from i32) (param $to i32) (param $start i32) (param $end i32) (param $seed i64)
            (result i32) (local $found i32) (local $wanted i64)
            (block $done (loop $next
                (br_if $done (i32.ge_u (local.get $from) (local.get $to)))
                (local.set $wanted (i64.const 0))
                (if (i32.lt_u (i32.sub (local.get $from) (local.get $start)) (i32.sub (local.get $end) (local.get $start)))
                    (then (local.set $wanted (i64.or (i64.const 1) (i64.mul (i64.const 0x9e3779b97f4a7c15)
                        (i64.or (i64.shl (i64.extend_i32_u (local.get $from)) (i64.const 32)) (local.get $seed)))))))
                (local.set $found (i32.add (local.get $found)
                    (i64.ne (i64.load (local.get $from)) (local.get $wanted))))
                (local.set $from (i32.add (local.get $from) (i32.const 8)))
                (br $next)))
            (local.get $found))

        ;; The number of elements of the table in [$from, $to) that are not null.
        (func $elements (param $from i32) (param $to i32) (result i32) (local $found i32)
            (block $done (loop $next
                (br_if $done (i32.ge_u (local.get $from) (local.get $to)))
                (local.set $found (i32.add (local.get $found)
                    (i32.eqz (ref.is_null (table.get $t (local.get $from))))))
                (local.set $from (i32.add (local.get $from) (i32.const 1)))
                (br $next)))
            (local.get $found))

        (func $globals (result i32)
            (i32.add (i64.ne (global.get $a) (i64.const 77)) (i32.ne (global.get $b) (i32.const 0)))
            (i32.add (f64.ne (global.get $c) (f64.const 0)))
            (i32.add (v128.any_true (global.get $d)))
            (i32.add (i32.eqz (ref.is_null (global.get $e)))))

        ;; Locals that the code sets only in a loop that does not run: the compiler cannot know that they are zero.
        (func $locals (param $times i32) (result i32)
            (local $p i64) (local $q i64) (local $r i64) (local $s i64) (local $u i64) (local $v i64) (local $w i64)
            (local $x v128) (local $y v128) (local $z f64)
            (block $done (loop $next
                (br_if $done (i32.eqz (local.get $times)))
                (local.set $p (i64.add (local.get $q) (i64.const 3))) (local.set $q (i64.add (local.get $r) (local.get $s)))
                (local.set $r (i64.mul (local.get $u) (i64.const 5))) (local.set $s (i64.add (local.get $v) (local.get $w)))
                (local.set $u (i64.sub (local.get $p) (i64.const 3))) (local.set $v (i64.add (local.get $q) (local.get $p)))
                (local.set $w (i64.add (local.get $v) (i64.const 9)))
                (local.set $x (i64x2.splat (local.get $w))) (local.set $y (i64x2.add (local.get $x) (local.get $y)))
                (local.set $z (f64.convert_i64_s (local.get $w)))
                (local.set $times (i32.sub (local.get $times) (i32.const 1)))
                (br $next)))
            (i64.ne (i64.const 0) (i64.or (i64.or (i64.or (local.get $p) (local.get $q)) (i64.or (local.get $r) (local.get $s)))
                (i64.or (i64.or (local.get $u) (local.get $v)) (local.get $w))))
            (i32.or (v128.any_true (v128.or (local.get $x) (local.get $y))))
            (i32.or (f64.ne (local.get $z) (f64.const 0))))

        ;; Fills the native stack with the mark: the locals live until the deeper call has returned.
        (func $deep (param $depth i32) (param $mark i64) (result i64)
            (local $p i64) (local $q i64) (local $r i64) (local $s i64)
            (local.set $p (i64.rotl (local.get $mark) (i64.const 8))) (local.set $q (i64.rotl (local.get $mark) (i64.const 16)))
            (local.set $r (i64.rotl (local.get $mark) (i64.const 24))) (local.set $s (i64.rotl (local.get $mark) (i64.const 32)))
            (if (result i64) (local.get $depth)
                (then (call $deep (i32.sub (local.get $depth) (i32.const 1)) (local.get $mark)))
                (else (local.get $mark)))
            (i64.add (i64.add (i64.mul (local.get $p) (local.get $q)) (i64.mul (local.get $r) (local.get $s)))))

        (func $write (param $from i32) (param $stride i32) (param $to i32) (param $mark i64)
            (block $done (loop $next
                (br_if $done (i32.gt_u (i32.add (local.get $from) (i32.const 8)) (local.get $to)))
                (i64.store (local.get $from) (local.get $mark))
                (br_if $done (i32.gt_u (local.get $stride) (i32.sub (local.get $to) (local.get $from))))
                (local.set $from (i32.add (local.get $from) (local.get $stride)))
                (br $next))))

        (func (export "handle") (param $request i32) (param $out i32)
            (local $bytes i32) (local $start i32) (local $end i32) (local $seed i64) (local $mark i64) (local $old i32)
            (local.set $bytes (i32.shl (memory.size) (i32.const 16)))
            (local.set $start (call $plan (i32.const 0)))
            (local.set $end (call $plan (i32.const 1)))
            (local.set $seed (i64.extend_i32_u (call $plan (i32.const 2))))
            (call $report (i32.const 0)
                (call $scan (i32.const 0) (local.get $bytes) (local.get $start) (local.get $end) (local.get $seed)))
            (if (i32.ne (memory.grow (call $plan (i32.const 3))) (i32.const -1))
                (then (call $report (i32.const 1) (call $scan (local.get $bytes) (i32.shl (memory.size) (i32.const 16))
                    (i32.const 0) (i32.const 0) (i64.const 0)))))
            (call $report (i32.const 2) (call $elements (i32.const 1) (table.size $t)))
            (local.set $old (table.grow $t (ref.null func) (i32.const 300)))
            (call $report (i32.const 3) (call $elements (local.get $old) (table.size $t)))
            (call $report (i32.const 4) (call $globals))
            (call $report (i32.const 5) (call $locals (i32.const 0)))

            (local.set $mark (i64.or (i64.const 0x5ec2e75ec2e70000) (i64.and (local.get $seed) (i64.const 0xffff))))
            (local.set $bytes (i32.shl (memory.size) (i32.const 16)))
            (call $write (call $plan (i32.const 4)) (call $plan (i32.const 5)) (local.get $bytes) (local.get $mark))
            (table.fill $t (i32.const 0) (ref.func $in_table) (table.size $t))
            (global.set $a (local.get $mark)) (global.set $b (i32.const -1)) (global.set $c (f64.const 1))
            (global.set $d (i64x2.splat (local.get $mark))) (global.set $e (ref.func $in_table))
            (global.set $a (call $deep (call $plan (i32.const 6)) (local.get $mark)))
            (if (call $plan (i32.const 8))
                (then (call $report (i32.const 6)
                    (i32.add (call $globals) (i32.add (call $elements (i32.const 1) (table.size $t))
                    (call $scan (i32.const 0) (local.get $bytes) (local.get $start) (local.get $end) (local.get $seed)))))))
            (call $finish (call $plan (i32.const 7)) (local.get $out)))

        (func $finish (param $ending i32) (param $out i32)
            (local $now i64) (local $last i64) (local $values i32) (local $looks i32)
            (block $clock (block $random (block $bytes (block $objects (block $handles (block $growing (block $calling (block $recursing (block $filling (block $host_error (block $panic (block $wait (block $drop (block $cpu (block $memory (block $overflow
            (block $bounds (block $trap (block $no_answer (block $done
                (br_table $done $no_answer $trap $bounds $overflow $memory $cpu $drop $wait $panic $host_error
                    $filling $recursing $calling $growing $handles $objects $bytes $random $clock
                    (local.get $ending)))
                (call $set (local.get $out) (i32.const 0) (call $response (call $fields))
                    (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
                return) ;; no answer
                return) ;; trap
                unreachable) ;; out of bounds
                (i32.store (i32.const -1) (i32.const 1))) ;; overflow
                (drop (call $deep (i32.const 0x7fffffff) (i64.const 1)))) ;; memory
                (drop (memory.grow (i32.const 0x7000))) unreachable) ;; cpu
                (loop $ever (br $ever))) ;; drop
                (loop $ever (br $ever))) ;; wait
                (call $wait)) ;; panic
                (call $panic)) ;; host error
                (call $fail)) ;; filling
                (loop $ever
                    (memory.fill (i32.const 0) (i32.const 7) (i32.shl (memory.size) (i32.const 16))) (br $ever))) ;; recursing
                (loop $ever (drop (call $deep (i32.const 900) (i64.const 1))) (br $ever))) ;; calling
                (loop $ever (drop (call $plan (i32.const 0))) (br $ever))) ;; growing
                (loop $ever (drop (table.grow $t (ref.null func) (i32.const 1))) (br $ever))) ;; handles
                (loop $ever (drop (call $new (i32.const 1))) (br $ever))) ;; objects
                (loop $ever (drop (call $fields)) (br $ever))) ;; bytes: an internal error, with a text of 2.5 MiB
                (drop (memory.grow (i32.sub (i32.const 40) (memory.size))))
                (call $set (local.get $out) (i32.const 1) (i32.const 38)
                    (i32.const 1) (i64.const 0) (i32.const 2621440) (i32.const 0) (i32.const 0) (i32.const 0))) ;; random
                (call $random_bytes (i64.const 65537) (i32.const 0))) ;; clock
                (loop $next
                    (local.set $now (call $now))
                    (local.set $values (i32.add (local.get $values) (i64.ne (local.get $now) (local.get $last))))
                    (local.set $last (local.get $now))
                    (br_if $next (i32.lt_u (local.tee $looks (i32.add (local.get $looks) (i32.const 1))) (i32.const 1000000))))
                (call $report (i32.const 7) (local.get $values))))
    (core instance $main (instantiate $main
        (with "m" (instance (export "memory" (memory $m "memory"))))
        (with "h" (instance
            (export "fields" (func $fields)) (export "response" (func $response)) (export "set" (func $set))
            (export "plan" (func $plan)) (export "report" (func $report)) (export "wait" (func $wait))
            (export "panic" (func $panic)) (export "fail" (func $fail))
            (export "new" (func $new)) (export "random" (func $random_bytes)) (export "now" (func $now))))))
    (func $handle (param "request" (own $request)) (param "response-out" (own $out))
        (canon lift (core func $main "handle")))
    (instance $handler (export "handle" (func $handle)))
    (export "wasi:http/incoming-handler@0.2.0" (instance $handler))
"#;
