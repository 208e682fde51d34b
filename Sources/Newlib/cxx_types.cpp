// The types of C++ as objects (Itanium C++ ABI 2.9.5). The compiler puts a
// pointer to one into every table of virtual functions, and those point at
// the tables of the classes below. Nothing asks them anything: dynamic_cast
// and exceptions, which would, are refused when the program is linked.
//
// The compiler writes the objects of the built-in types where the first
// virtual function of __fundamental_type_info is defined.
#pragma clang diagnostic ignored "-Wunused-private-field"

namespace std {

class type_info {
public:
	virtual ~type_info();

protected:
	const char *name;
};

type_info::~type_info() {}

}

namespace __cxxabiv1 {

#define TYPE_INFO(NAME, BASE)              \
	class NAME : public BASE {         \
	public:                            \
		~NAME() override;          \
	};                                 \
	NAME::~NAME() {}

TYPE_INFO(__fundamental_type_info, std::type_info)
TYPE_INFO(__array_type_info, std::type_info)
TYPE_INFO(__function_type_info, std::type_info)
TYPE_INFO(__enum_type_info, std::type_info)
TYPE_INFO(__class_type_info, std::type_info)
TYPE_INFO(__si_class_type_info, __class_type_info)
TYPE_INFO(__vmi_class_type_info, __class_type_info)
TYPE_INFO(__pbase_type_info, std::type_info)
TYPE_INFO(__pointer_type_info, __pbase_type_info)
TYPE_INFO(__pointer_to_member_type_info, __pbase_type_info)

}
