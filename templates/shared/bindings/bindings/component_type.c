// function.c calls this, so that the linker adds an object file with the types of the component. Here `faasta
// componentize` adds the types, so there is nothing to do.
void __component_type_object_force_link_function(void);
void __component_type_object_force_link_function(void) {}
