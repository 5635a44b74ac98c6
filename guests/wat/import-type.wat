;; Imports the right name with a wrong type. It must be refused, also after a component that imports the name with the
;; right type.
(component
  (import "wasi:cli/environment@0.2.0" (instance (export "get-environment" (func (result u32)))))
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
