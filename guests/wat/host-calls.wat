;; Calls the host again and again. The code has no loop and calls no other function of its own; only there would
;; compiled code check the epoch. Each call makes the host read 40,000 empty fields (640 KB), whose first name is
;; refused. The build repeats the line that ends in "times".
(module
  (import "wasi:http/types@0.2.0" "[static]fields.from-list" (func $from_list (param i32 i32 i32)))
  (memory (export "memory") 12)

  (func (export "wasi:http/incoming-handler@0.2.0#handle") (param $request i32) (param $out i32)
    (call $from_list (i32.const 65536) (i32.const 40000) (i32.const 64)) ;; 4000 times
  )

  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
)
