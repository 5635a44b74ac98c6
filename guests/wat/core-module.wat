;; A core module, not a component.
(module
  (func (export "handle") (param i32 i32)))
