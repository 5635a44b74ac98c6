;; A component for a release candidate of WASI 0.2, as SDKs of 2023 made them. No host supports this version of its
;; handler and imports.
(component
  (import "wasi:io/poll@0.2.0-rc-2023-10-18" (instance $poll
    (export "pollable" (type (sub resource)))))
  (import "wasi:http/types@0.2.0-rc-2023-10-18" (instance $types
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
  (export "wasi:http/incoming-handler@0.2.0-rc-2023-10-18" (instance $handler))
)
