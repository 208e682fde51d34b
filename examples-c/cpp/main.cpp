// C++ without its standard library: constructors and destructors of globals,
// virtual functions, templates, new and delete, statics that are made at
// their first use.
#include <stdio.h>

namespace {

class Shape {
public:
	virtual ~Shape() { printf("a shape goes\n"); }
	virtual double area() const = 0;
};

class Square final : public Shape {
	double side;

public:
	explicit Square(double side) : side(side) {}
	double area() const override { return side * side; }
};

class Circle final : public Shape {
	double radius;

public:
	explicit Circle(double radius) : radius(radius) {}
	~Circle() override { printf("a circle goes\n"); }
	double area() const override { return 3.14159265358979 * radius * radius; }
};

struct Announced {
	const char *name;

	explicit Announced(const char *name) : name(name) { printf("%s comes\n", name); }
	~Announced() { printf("%s goes\n", name); }
};

template <typename Value> class List {
	Value *values = nullptr;
	int count = 0, room = 0;

public:
	List() = default;
	List(const List &) = delete;
	~List() { delete[] values; }

	void append(Value value)
	{
		if (count == room) {
			room = room ? room * 2 : 4;
			auto *larger = new Value[room];
			for (int i = 0; i < count; i++)
				larger[i] = values[i];
			delete[] values;
			values = larger;
		}
		values[count++] = value;
	}

	Value *begin() { return values; }
	Value *end() { return values + count; }
};

Announced global("the global");

Announced &once()
{
	static Announced local("the static");
	return local;
}

}

int main()
{
	List<Shape *> shapes;
	for (int i = 1; i <= 5; i++)
		shapes.append(i % 2 ? static_cast<Shape *>(new Square(i)) : new Circle(i));
	double sum = 0;
	for (auto *shape : shapes)
		sum += shape->area();
	printf("areas %.3f\n", sum);
	for (auto *shape : shapes)
		delete shape;

	printf("before the static\n");
	once();
	printf("%s is there once\n", once().name);

	auto twice = [](auto value) { return value + value; };
	printf("%d %.1f\n", twice(21), twice(0.5));
	return 0;
}
