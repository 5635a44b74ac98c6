;; Like wide-import, but with 6,561 instances, which take 2 MB. It can be loaded, but not on an event loop.
(component
  (type $t0 (instance))
  (type $t1 (instance (alias outer 1 $t0 (type $x)) (export "a" (instance (type $x))) (export "b" (instance (type $x))) (export "c" (instance (type $x))) (export "d" (instance (type $x))) (export "e" (instance (type $x))) (export "f" (instance (type $x))) (export "g" (instance (type $x))) (export "h" (instance (type $x))) (export "i" (instance (type $x)))))
  (type $t2 (instance (alias outer 1 $t1 (type $x)) (export "a" (instance (type $x))) (export "b" (instance (type $x))) (export "c" (instance (type $x))) (export "d" (instance (type $x))) (export "e" (instance (type $x))) (export "f" (instance (type $x))) (export "g" (instance (type $x))) (export "h" (instance (type $x))) (export "i" (instance (type $x)))))
  (type $t3 (instance (alias outer 1 $t2 (type $x)) (export "a" (instance (type $x))) (export "b" (instance (type $x))) (export "c" (instance (type $x))) (export "d" (instance (type $x))) (export "e" (instance (type $x))) (export "f" (instance (type $x))) (export "g" (instance (type $x))) (export "h" (instance (type $x))) (export "i" (instance (type $x)))))
  (type $t4 (instance (alias outer 1 $t3 (type $x)) (export "a" (instance (type $x))) (export "b" (instance (type $x))) (export "c" (instance (type $x))) (export "d" (instance (type $x))) (export "e" (instance (type $x))) (export "f" (instance (type $x))) (export "g" (instance (type $x))) (export "h" (instance (type $x))) (export "i" (instance (type $x)))))
  (import "wasi:io/poll@0.2.0" (instance (type $t4)))
  (import "wasi:http/types@0.2.0" (instance $types
    (export "incoming-request" (type (sub resource)))
    (export "response-outparam" (type (sub resource)))))
  (alias export $types "incoming-request" (type $request))
  (alias export $types "response-outparam" (type $out))
  (core module $module
    (func (export "handle") (param i32 i32)))
  (core instance $instance (instantiate $module))
  (func $handle (param "request" (own $request)) (param "response-out" (own $out))
    (canon lift (core func $instance "handle")))
  (instance $handler (export "handle" (func $handle)))
  (export "wasi:http/incoming-handler@0.2.0" (instance $handler))
)
