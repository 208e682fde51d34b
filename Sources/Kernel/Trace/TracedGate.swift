import CMachine
import KernelMain
import KernelSupport

// The functions that the traced gates call, on the task's kernel stack. The
// call lies on the application's stack, and is copied like all of its memory.

@c(kernel_trace_start)
public func kernelTraceStart() { Tracer.start() }

@c(kernel_trace_enter)
public func kernelTraceEnter(
    _ table: UnsafePointer<hermit_trace_function>, _ place: UnsafeMutablePointer<hermit_trace_call>
) {
    guard let buffer = unsafe buffer(place), var call = load(buffer) else { return }
    unsafe Tracer.enter(TraceFunction(table), &call)
    do throws(Errno) { try buffer.store(call) } catch {}
}

@c(kernel_trace_leave)
public func kernelTraceLeave(
    _ table: UnsafePointer<hermit_trace_function>, _ place: UnsafeMutablePointer<hermit_trace_call>
) {
    guard let buffer = unsafe buffer(place), let call = load(buffer) else { return }
    unsafe Tracer.leave(TraceFunction(table), call)
}

private func buffer(_ place: UnsafeMutablePointer<hermit_trace_call>) -> ApplicationBuffer? {
    try? unsafe ApplicationBuffer(place, count: MemoryLayout<hermit_trace_call>.size)
}

private func load(_ buffer: ApplicationBuffer) -> hermit_trace_call? {
    var call = hermit_trace_call()
    do throws(Errno) { try buffer.load(into: &call) } catch { return nil }
    return call
}

/// The arguments as a list.
struct TracedCall {
    let arguments: InlineArray<6, UInt64>

    init(_ call: hermit_trace_call) {
        let all = call.arguments
        arguments = [all.0, all.1, all.2, all.3, all.4, all.5]
    }
}
