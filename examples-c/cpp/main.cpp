// C++ without its standard library: constructors and destructors of global,
// static and thread-local objects, virtual functions with several bases,
// templates, lambdas, all forms of new and delete.
#include <new>

#include <stdint.h>
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

struct Named {
	virtual ~Named() = default;
	virtual const char *name() const { return "nobody"; }
};

struct Counted {
	virtual ~Counted() = default;
	virtual int count() const = 0;
};

// Its second base is not at its start: calls and delete through it are corrected.
struct Both final : Named, virtual Counted {
	const char *name() const override { return "both"; }
	int count() const override { return 2; }
	~Both() override { printf("both go\n"); }
};

struct alignas(256) Wide {
	char bytes[256];
};

bool isAligned(const void *place, uintptr_t to) { return reinterpret_cast<uintptr_t>(place) % to == 0; }

Announced global("the global");
thread_local Announced ownOfTask("the task's own");

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

	Counted *counted = new Both;
	printf("%d\n", counted->count());
	delete counted;

	auto *wide = new Wide[3];
	printf("aligned: %d\n", isAligned(wide, 256));
	delete[] wide;
	auto *perhaps = new (std::nothrow) Wide;
	printf("there is one: %d\n", perhaps != nullptr);
	delete perhaps;
	alignas(Announced) char room[sizeof(Announced)];
	auto *placed = new (room) Announced("the placed one");
	placed->~Announced();
	printf("%s\n", ownOfTask.name);

	auto twice = [](auto value) { return value + value; };
	printf("%d %.1f\n", twice(21), twice(0.5));
	return 0;
}
