;; A valid component without a handler.
(component
  (core module $module
    (func (export "double") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))
  (core instance $instance (instantiate $module))
  (func (export "double") (param "number" u32) (result u32) (canon lift (core func $instance "double")))
)
