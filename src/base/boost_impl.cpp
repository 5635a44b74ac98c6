// Boost.JSON and Boost.Asio are compiled here and nowhere else.
#include <boost/asio/impl/src.hpp>
#include <boost/json/src.hpp>
