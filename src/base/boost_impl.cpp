// Boost.JSON is compiled only here; asio_impl.cpp has Boost.Asio.
#include <boost/json/src.hpp>
