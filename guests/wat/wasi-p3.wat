;; A service of WASI 0.3: it has the names of 0.3, and a type that only 0.3 has.
(component
  (import "wasi:http/types@0.3.0" (instance $types
    (export "request" (type (sub resource)))))
  (type $bytes (stream u8))
  (component $empty)
  (instance $handler (instantiate $empty))
  (export "wasi:http/handler@0.3.0" (instance $handler))
)
