using System.Reflection;

namespace Curlew.PublicApi.Tests;

/// <summary>
/// The public API of an assembly as text: a line for each visible type, followed by an indented line for each member that users can
/// see (public and protected). Sorted, so that the text depends on nothing but the API.
/// </summary>
internal static class PublicApi
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static string Render(Assembly assembly) => Render(assembly.GetTypes());

    public static string Render(params IEnumerable<Type> types) =>
        string.Join('\n', types
            .Where(IsVisible)
            .OrderBy(Signature.NameOf, StringComparer.Ordinal)
            .Select(static type => string.Join('\n', [Signature.Of(type), .. MembersOf(type).Select(static member => $"  {member}"), ""])));

    private static IOrderedEnumerable<string> MembersOf(Type type)
    {
        IEnumerable<string> members = typeof(Delegate).IsAssignableFrom(type)
            ? []
            : type.GetMembers(Declared).Where(static member => !IsGenerated(member)).Select(static member => member switch
            {
                FieldInfo field when IsVisible(field) => Signature.Of(field),
                ConstructorInfo constructor when IsVisible(constructor) => Signature.Of(constructor),
                PropertyInfo property when property.GetAccessors(nonPublic: true).Any(IsVisible) => Signature.Of(property),
                EventInfo @event when IsVisible(@event.AddMethod!) => Signature.Of(@event),
                MethodInfo method when IsVisible(method) && !IsAccessor(method) => Signature.Of(method),
                _ => null,
            }).OfType<string>();
        return members.Order(StringComparer.Ordinal);
    }

    private static bool IsVisible(Type type) =>
        !type.Name.StartsWith('<')
        && (type.IsNested ? (type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem) && IsVisible(type.DeclaringType!) : type.IsPublic);

    internal static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsVisible(FieldInfo field) => (field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly) && !field.IsSpecialName;

    private static bool IsAccessor(MethodInfo method) => method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal);

    // What the compiler adds to a record follows from the word "record"; its accessors are told with their properties.
    private static bool IsGenerated(MemberInfo member) =>
        member is not (PropertyInfo or EventInfo)
        && member.IsDefined(typeof(System.Runtime.CompilerServices.CompilerGeneratedAttribute), inherit: false)
        && member is not MethodInfo { IsSpecialName: true, Name: ['g' or 's', 'e', 't', '_', ..] };
}
