// Boost.Asio is compiled only here. It is in this folder because the precompiled headers, which have it, are for all
// folders.
#include <boost/asio/impl/src.hpp>
