;; hello-wat, but instantiation takes CPU time, which counts as time of the call.
(module
  (type $set (func (param i32 i32 i32 i32 i64 i32 i32 i32 i32)))
  (import "wasi:http/types@0.2.0" "[constructor]fields" (func $new_fields (result i32)))
  (import "wasi:http/types@0.2.0" "[constructor]outgoing-response" (func $new_response (param i32) (result i32)))
  (import "wasi:http/types@0.2.0" "[method]outgoing-response.body" (func $response_body (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[static]response-outparam.set" (func $respond (type $set)))
  (import "wasi:http/types@0.2.0" "[method]outgoing-body.write" (func $body_stream (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[static]outgoing-body.finish" (func $finish (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.0" "[method]output-stream.blocking-write-and-flush" (func $write (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.0" "[resource-drop]output-stream" (func $drop_stream (param i32)))

  (memory (export "memory") 1)
  (data (i32.const 0) "hi\n")

  ;; Results are written to address 64: a discriminant (0: success), and 4 bytes later the handle.
  (func (export "wasi:http/incoming-handler@0.2.0#handle") (param $request i32) (param $out i32)
    (local $response i32) (local $body i32) (local $stream i32)
    (local.set $response (call $new_response (call $new_fields)))
    (call $response_body (local.get $response) (i32.const 64))
    (local.set $body (i32.load (i32.const 68)))
    (call $respond (local.get $out) (i32.const 0) (local.get $response)
      (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
    (call $body_stream (local.get $body) (i32.const 64))
    (local.set $stream (i32.load (i32.const 68)))
    (call $write (local.get $stream) (i32.const 0) (i32.const 3) (i32.const 64))
    (call $drop_stream (local.get $stream))
    (call $finish (local.get $body) (i32.const 0) (i32.const 0) (i32.const 64)))

  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)   ;; called only for the text of an error

  ;; Two thousand million rounds take about 500 ms, ten times the limit of a call.
  (func $start (local $i i32)
    (loop $again
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $i) (i32.const 2000000000)))))
  (start $start)
)
