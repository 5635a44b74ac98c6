;; Fills the whole of a large memory again and again. Each time is one instruction, which the epoch does not interrupt.
;; Writes "filled" to stdout after each.
(module
  (import "wasi:cli/stdout@0.2.0" "get-stdout" (func $stdout (result i32)))
  (import "wasi:io/streams@0.2.0" "[method]output-stream.blocking-write-and-flush" (func $write (param i32 i32 i32 i32)))

  (memory (export "memory") 1600)
  (data (i32.const 0) "filled\n")

  (func (export "wasi:http/incoming-handler@0.2.0#handle") (param $request i32) (param $out i32)
    (local $stream i32)
    (local.set $stream (call $stdout))
    (loop $again
      (memory.fill (i32.const 4096) (i32.const 7) (i32.const 104000000))
      (call $write (local.get $stream) (i32.const 0) (i32.const 7) (i32.const 64))
      (br $again)))

  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)   ;; called only for the text of an error
)
