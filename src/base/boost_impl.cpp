// The one place where the sources of Boost.JSON and Boost.Asio are compiled.
#include <boost/asio/impl/src.hpp>
#include <boost/json/src.hpp>
