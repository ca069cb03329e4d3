/* Compiled with each piece: the toolchain says in which folder its description is. */
extern const char ap_description[];
const char ap_description[] = {
#embed "description.json"
    , 0};
